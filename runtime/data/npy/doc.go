// Package npy reads arrays of numbers from NumPy's .npy files and .npz archives
// (numpy.lib.format, versions 1 to 3), and writes .npy files of float32.
//
// An Array is read in place, a part at a time; what an archive has compressed is
// unpacked to memory, as far as MaxUnpacked. The sizes in a header are compared
// with the bytes that are there before anything is allocated for them. Arrays of
// objects are refused: reading them would run the code of a pickle. So are
// arrays in Fortran order.
//
// It imports the standard library only.
package npy
