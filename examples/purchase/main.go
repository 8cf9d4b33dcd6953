// Command purchase says whether a customer is going to buy, with the network of
// purchase.cnn.
//
//	cnnc train purchase.cnn
//	go run . -age 47 -salary 61000 -gender female
package main

import (
	"flag"
	"fmt"
	"log"

	"github.com/cnnc/cnnc/examples/purchase/purchase"
)

//go:generate go run ../../cmd/cnnc generate purchase.cnn

func main() {
	log.SetFlags(0)
	var customer purchase.Row
	weights := flag.String("weights", "runs/purchase/best.safetensors", "trained weights, as cnnc train wrote them")
	flag.Float64Var(&customer.Age, "age", 30, "age in years")
	flag.Float64Var(&customer.Salary, "salary", 50000, "salary a year; NaN when it is not known")
	flag.StringVar(&customer.Gender, "gender", "female", "female or male")
	flag.Parse()
	net, err := purchase.Load(*weights)
	if err != nil {
		log.Fatal(err)
	}
	label, p, err := net.ClassifyRow(&customer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("purchased: %s (%.1f %%)\n", label, 100*p)
}
