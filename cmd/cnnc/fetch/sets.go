package fetch

import (
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// File is one file of a data set.
type File struct {
	Name string // in the folder
	// URLs are the places it may be had from, in the order they are tried.
	URLs []string
	// MD5 is its sum in hexadecimal digits; "" when it is not known: then the
	// length and the sum that the server tells count.
	MD5 string
	// Size in bytes, 0 when it is not known.
	Size int64
	// Magic is how it begins.
	Magic string
}

// Set is a data set (spec: data, MNIST, Fashion-MNIST, CIFAR and Quick, Draw!).
type Set struct {
	Name  string
	Bases []string // folders of the web that hold the files
	Files []File   // their URLs are made of Bases
	// Archive names the folder that the only file, a .tar.gz, unpacks to.
	Archive string
	// Use is the line of a model file, with %q for the folder.
	Use string
}

const gzipMagic = "\x1f\x8b"

// sets are the data sets that are known, but for quickdraw, see QuickDraw.
var sets = []Set{
	{Name: "mnist", Bases: []string{
		"https://ossci-datasets.s3.amazonaws.com/mnist/",
		"https://storage.googleapis.com/cvdf-datasets/mnist/",
		"http://yann.lecun.com/exdb/mnist/",
	}, Files: []File{
		{Name: "train-images-idx3-ubyte.gz", MD5: "f68b3c2dcbeaaa9fbdd348bbdeb94873", Size: 9912422, Magic: gzipMagic},
		{Name: "train-labels-idx1-ubyte.gz", MD5: "d53e105ee54ea40749a09fcbcd1e9432", Size: 28881, Magic: gzipMagic},
		{Name: "t10k-images-idx3-ubyte.gz", MD5: "9fb629c4189551a2d022fa330f9573f3", Size: 1648877, Magic: gzipMagic},
		{Name: "t10k-labels-idx1-ubyte.gz", MD5: "ec29112dd5afa0611ce80d1b7f02629c", Size: 4542, Magic: gzipMagic},
	}, Use: "train idx(%[1]q)  test idx(%[1]q)"},
	{Name: "fashion", Bases: []string{
		"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
		"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
	}, Files: []File{
		{Name: "train-images-idx3-ubyte.gz", MD5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d", Size: 26421880, Magic: gzipMagic},
		{Name: "train-labels-idx1-ubyte.gz", MD5: "25c81989df183df01b3e8a0aad5dffbe", Size: 29515, Magic: gzipMagic},
		{Name: "t10k-images-idx3-ubyte.gz", MD5: "bef4ecab320f06d8554ea6380940ec79", Size: 4422102, Magic: gzipMagic},
		{Name: "t10k-labels-idx1-ubyte.gz", MD5: "bb300cfdad3c16e7a12a480ee83cd310", Size: 5148, Magic: gzipMagic},
	}, Use: "train idx(%[1]q)  test idx(%[1]q)"},
	{Name: "cifar10", Bases: []string{"https://www.cs.toronto.edu/~kriz/"}, Files: []File{
		{Name: "cifar-10-binary.tar.gz", MD5: "c32a1d4ab5d03f1284b67883e8d87530", Size: 170052171, Magic: gzipMagic},
	}, Archive: "cifar-10-batches-bin", Use: "train cifar(%[1]q)  test cifar(%[1]q)"},
	{Name: "cifar100", Bases: []string{"https://www.cs.toronto.edu/~kriz/"}, Files: []File{
		{Name: "cifar-100-binary.tar.gz", MD5: "03b5dce01913d631647c71ecec9e9cb8", Size: 168513733, Magic: gzipMagic},
	}, Archive: "cifar-100-binary", Use: "train cifar(%[1]q)  test cifar(%[1]q)  // or coarse: cifar(%[1]q, coarse)"},
}

// Find is a data set by its name, its files served from base or, when that is
// empty, from the official addresses.
func Find(name, base string) (*Set, error) {
	for _, s := range sets {
		if s.Name == name {
			return s.from(base), nil
		}
	}
	return nil, fmt.Errorf("no data set %q; known are %s", name, strings.Join(Names(), ", "))
}

// Names are the names of the data sets.
func Names() []string {
	var names []string
	for _, s := range sets {
		names = append(names, s.Name)
	}
	return append(names, "quickdraw")
}

func (s Set) from(base string) *Set {
	if base != "" {
		s.Bases = []string{base}
	}
	s.Files = slices.Clone(s.Files)
	for i := range s.Files {
		f := &s.Files[i]
		f.URLs = nil
		for _, b := range s.Bases {
			f.URLs = append(f.URLs, strings.TrimSuffix(b, "/")+"/"+f.Name)
		}
	}
	return &s
}

//go:embed categories.txt
var categories string

// Categories are the 345 classes of Quick, Draw!, in the order of the project's
// list.
func Categories() []string { return strings.Split(strings.TrimSpace(categories), "\n") }

// forms are the forms in which drawings can be had: a name, the folder of the
// bucket and the suffix.
var forms = []struct{ Name, folder, suffix, magic string }{
	{"binary", "full/binary", ".bin", ""},
	{"simplified", "full/simplified", ".ndjson", "{"},
	{"raw", "full/raw", ".ndjson", "{"},
	{"bitmap", "full/numpy_bitmap", ".npy", "\x93NUMPY"},
}

// QuickDraw is the drawings of some classes in one form.
func QuickDraw(classes []string, form, base string) (*Set, error) {
	if base == "" {
		base = "https://storage.googleapis.com/quickdraw_dataset"
	}
	known := Categories()
	s := &Set{Name: "quickdraw", Use: "train quickdraw(%q)"}
	for _, f := range forms {
		if f.Name != form {
			continue
		}
		seen := map[string]bool{}
		for _, c := range classes {
			if !slices.Contains(known, c) {
				return nil, fmt.Errorf("there is no class %q in Quick, Draw!%s", c, near(c, known))
			}
			if seen[c] {
				return nil, fmt.Errorf("class %q is listed twice", c)
			}
			seen[c] = true
			s.Files = append(s.Files, File{
				Name:  c + f.suffix,
				URLs:  []string{strings.TrimSuffix(base, "/") + "/" + f.folder + "/" + url.PathEscape(c+f.suffix)},
				Magic: f.magic,
			})
		}
		if len(s.Files) == 0 {
			return nil, fmt.Errorf("no classes are named; there are %d, such as %s", len(known), strings.Join(known[:5], ", "))
		}
		return s, nil
	}
	var names []string
	for _, f := range forms {
		names = append(names, f.Name)
	}
	return nil, fmt.Errorf("no form %q; there are %s", form, strings.Join(names, ", "))
}

// near suggests classes that contain the word, or differ in case.
func near(c string, known []string) string {
	var like []string
	for _, k := range known {
		a, b := strings.ToLower(k), strings.ToLower(c)
		if c != "" && (strings.Contains(a, b) || strings.Contains(b, a)) && len(like) < 5 {
			like = append(like, k)
		}
	}
	if len(like) == 0 {
		return ""
	}
	return "; is it " + strings.Join(like, ", ") + "?"
}
