package password

import (
	_ "embed" // for the list
	"strings"
)

// commonText is the most common passwords of at least 8 characters, folded, one
// a line, in byte order; NOTICE tells where they come from. It is searched where
// it lies in the binary, so it costs no heap, and only the pages that a search
// touches are in memory.
//
//go:embed common.txt
var commonText string

// isCommon says whether the folded password is in the list.
func isCommon(folded string) bool {
	low, high := 0, len(commonText) // both at the start of a line, or the end
	for low < high {
		middle := low + (high-low)/2
		start := strings.LastIndexByte(commonText[:middle], '\n') + 1
		end := middle + strings.IndexByte(commonText[middle:], '\n')
		switch order := strings.Compare(folded, commonText[start:end]); {
		case order == 0:
			return true
		case order < 0:
			high = start
		default:
			low = end + 1
		}
	}
	return false
}
