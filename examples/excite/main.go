// Command excite classifies drawings with the network of excite.cnn.
//
//	cnnc train excite.cnn
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

	"github.com/cnnc/cnnc/examples/excite/excite"
)

//go:generate go run ../../cmd/cnnc generate excite.cnn

func main() {
	log.SetFlags(0)
	weights := flag.String("weights", "runs/excite/best.safetensors", "trained weights, as cnnc train wrote them")
	flag.Parse()
	net, err := excite.Load(*weights)
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
