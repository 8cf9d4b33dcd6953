// Package dashboard shows a training run in a browser while it goes on: the
// sections of its report, which are sent again as they change, and the progress
// within an epoch.
//
//	GET /         the page as it is now
//	GET /events   server-sent events: sections, progress, end
//
// A Board keeps the last state and nothing else. A browser gets what has changed
// since what it has; one that is slow or gone gets less of it and is never waited
// for.
//
// It imports cmd/cnnc/page, cmd/cnnc/report and cmd/cnnc/serve, and belongs to the
// command: no trained program links it.
package dashboard
