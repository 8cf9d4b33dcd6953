package pool_test

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/pool"
)

// Every iteration writes to a place of its own, so the result does not depend on
// which worker runs which.
func ExamplePool_Run() {
	p := pool.New(4)
	defer p.Close()
	squares := make([]int, 6)
	p.Run(len(squares), func(_, i int) { squares[i] = i * i })
	fmt.Println(squares)
	// Output: [0 1 4 9 16 25]
}
