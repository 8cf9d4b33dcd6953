package main

// dataCmd are the subcommands for data sets.
type dataCmd struct {
	Fetch   dataFetchCmd   `cmd:"" help:"Download a public data set."`
	Render  dataRenderCmd  `cmd:"" help:"Write Quick, Draw! drawings as class folders of PNG pictures."`
	Inspect dataInspectCmd `cmd:"" help:"Say what there is in a data set: counts, sizes, duplicates, unreadable files."`
	Preview dataPreviewCmd `cmd:"" help:"Write a contact sheet of training images, before and after augmentation."`
}
