// Command table writes the customers of the purchase example:
//
//	go run ./table > customers.csv
//
// Every run writes the same rows. Whether a customer buys depends on age and
// salary: the old buy, and so do the young with a high salary. Chance decides the
// doubtful cases, and gender nothing. One salary in forty is not known.
package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
)

const (
	customers = 400
	seed      = 1
)

func main() {
	w := bufio.NewWriter(os.Stdout)
	r := rand.New(rand.NewPCG(seed, 0))
	fmt.Fprintln(w, "customer,gender,age,salary,purchased")
	for i := range customers {
		gender := "female"
		if r.IntN(2) == 0 {
			gender = "male"
		}
		age := 18 + r.IntN(43)
		// Salaries grow with age, and spread more and more.
		salary := math.Exp(10.9 + 0.004*float64(age) + 0.45*r.NormFloat64())
		salary = 500 * math.Round(min(max(salary, 15000), 150000)/500)
		// A line in age and salary, bent: neither of them decides alone.
		old, rich := float64(age-46)/6, (salary-93000)/14000
		score := 1.7 * math.Log(math.Exp(1.6*old)+math.Exp(1.6*rich))
		bought := 0
		if r.Float64() < 1/(1+math.Exp(-score)) {
			bought = 1
		}
		text := fmt.Sprintf("%.0f", salary)
		if r.IntN(40) == 0 {
			text = ""
		}
		fmt.Fprintf(w, "%d,%s,%d,%s,%s\n", 1001+i, gender, age, text, []string{"no", "yes"}[bought])
	}
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}
