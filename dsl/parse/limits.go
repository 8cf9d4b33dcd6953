package parse

// Limits of a model file. The largest networks known need a few hundred lines;
// the limits leave two orders of magnitude and keep a hostile file from taking
// seconds or gigabytes.
const (
	MaxFileSize   = 1 << 20 // bytes
	MaxStatements = 20000   // in a file
	MaxFileTokens = 200000  // in a file, comments not counted
	MaxTokens     = 4096    // in one statement
	MaxNesting    = 64      // braces in braces, and parentheses in parentheses
	maxErrors     = 100     // the parser gives up after so many mistakes
)
