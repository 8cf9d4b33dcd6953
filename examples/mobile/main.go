// Command mobile classifies drawings with the network of mobile.cnn.
//
//	cnnc train mobile.cnn
//	go run . PICTURE...
package main

import (
	"flag"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"log"
	"os"

	"github.com/cnnc/cnnc/examples/mobile/mobile"
)

//go:generate go run ../../cmd/cnnc generate mobile.cnn

func main() {
	log.SetFlags(0)
	weights := flag.String("weights", "runs/mobile/best.safetensors", "trained weights, as cnnc train wrote them")
	flag.Parse()
	net, err := mobile.Load(*weights)
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range flag.Args() {
		img, err := read(name)
		if err != nil {
			log.Fatal(err)
		}
		label, p, err := net.Classify(img)
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		fmt.Printf("%s: %s (%.1f %%)\n", name, label, 100*p)
	}
}

func read(name string) (image.Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return img, nil
}
