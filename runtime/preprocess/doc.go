// Package preprocess turns a picture into network input: colour conversion,
// resizing, rescaling and standardizing, the same code in training and in prediction.
//
// Its source is copied into generated inference packages. It therefore imports
// the standard library only, and neither decodes nor reads files.
package preprocess
