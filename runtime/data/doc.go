// Package data is where examples come from: it opens the sources that a model
// file names (class folders and lists of pictures, IDX and CIFAR files, Quick,
// Draw! drawings, arrays, tables, drawn doodles), divides them into training,
// validation and test part, and streams batches of them ahead of the compute.
//
//	config.Data --OpenAll--> Dataset (train, validate, test) --Loader--> Batch
//
// What holds, by construction:
//
//   - Every example comes exactly once an epoch; the last batch may be smaller.
//   - Order and bytes depend on data, seed and epoch alone, never on the number
//     of workers, nor on where a run was resumed.
//   - A split is chosen by a hash of what an example is (its path below the
//     class folders, its number in a file), never by the order of files. Parts
//     are disjoint, their sizes exact, and every class keeps its share.
//   - Memory does not grow with the data: of a folder only the names are held, of
//     drawings eight bytes each, IDX and CIFAR files are read in place, a Loader
//     has a fixed number of batches.
//   - Only a Loader made with TrainOptions changes images (package augment); those
//     of evaluation have no way to. A cache gives the same bits as none.
//   - Nothing is allocated because a header asks for it. Sizes are compared with
//     a limit and with the bytes that are there first.
//   - Errors name the file and the reason. With on_error skip an unreadable
//     example is left out of its batch, and counted.
//
// Rows of CSV files and items of NumPy arrays are examples as pictures are. What
// rows are prepared with is learned of the training part, after splitting.
//
// Sub-packages: table prepares rows, npy reads arrays, strokes draws polylines as
// Quick, Draw! pictures are drawn, doodles invents figures in that form,
// whiten learns the matrix that whitens inputs.
//
// It imports runtime/config, runtime/augment, runtime/preprocess, runtime/rng and
// runtime/durable, never anything of the compiler; a trained program links it, so
// it stays light.
package data
