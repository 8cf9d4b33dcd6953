package main

// dataCmd are the commands about data: one field for each.
type dataCmd struct {
	Preview dataPreviewCmd `cmd:"" help:"Write a contact sheet of training images, before and after augmentation."`
}
