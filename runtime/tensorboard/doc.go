// Package tensorboard writes event files that TensorBoard shows.
//
// A Log is a train.Observer: it writes the values of every epoch below a folder,
// those of training to train/, those of validation to validation/, under the tag
// names that Keras's callback gives them (epoch_loss, epoch_accuracy,
// epoch_learning_rate), so that runs of both stand in the same charts.
//
// An event file is a sequence of records (tensorflow/core/lib/io/record_writer.h):
// the length of the data as 8 bytes, little endian; the masked CRC-32C of these 8
// bytes; the data; its masked CRC-32C. The data is an Event in the encoding of
// protocol buffers (tensorflow/core/util/event.proto), of which this package needs
// six fields and writes them by hand: it imports runtime/train and the standard
// library only.
package tensorboard
