// Package augment changes training images at random: it draws what happens to
// an image from a key, and does it.
//
//	config.Augment --New--> Plan --Apply(dst, src, key)--> image
//
// Everything that moves pixels (crop, rotation, shift, shear, zoom, flips) is one
// affine map and one pass over the image, so that it is interpolated once. Flips
// and shifts by whole pixels are copied. Values follow: channel shift, contrast,
// brightness; then what is covered.
//
// What is drawn for one transform depends on the key and that transform alone:
// to add another one changes nothing of it, and neither does the number of
// workers or the order of their work.
//
// It does what ImageDataGenerator of Keras is documented to do (spec: data,
// sections 1.1 to 1.5), without what that does by mistake:
//
//   - Rows are shifted by shares of the height, columns by shares of the width;
//     there the two are exchanged.
//   - Rotation, shear and zoom turn about the centre of every image; there only
//     about that of square ones.
//   - reflect mirrors about the edge of the border pixels (d c b a | a b c d | d
//     c b a) and wrap repeats with the period of the image, at whole coordinates
//     and between them; there values between pixels of the border come from
//     elsewhere, and wrap loses a pixel.
//   - Brightness and contrast do not cut values to whole numbers.
//   - Flips in two directions are two draws, and contrast also decreases; of Keras's
//     layers RandomFlip decides both by one number, and RandomContrast of one number
//     only increases.
//   - Standardizing (package preprocess) comes last, and what it learns it learns of
//     what reaches it; there the means of channels are learned of images that are
//     not standardized by themselves, and are subtracted from others. Whitening
//     subtracts the mean of every value, not of every channel only, so that what it
//     gives is white; directions in which no training image differs become 0, where
//     there they are divided by next to nothing.
//
// It imports runtime/config and runtime/rng only.
package augment
