package password

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// What the PHC string format is made of. Each reader takes one spelling of a
// value and refuses all others, so that equal hashes are equal strings.

// number reads a decimal number without sign, spaces or leading zeros.
func number(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	return n, err == nil && strconv.FormatUint(n, 10) == text
}

// named reads name=number, separated by commas: each once and in this order.
func named(list string, names ...string) ([]uint64, bool) {
	part := strings.Split(list, ",")
	if len(part) != len(names) {
		return nil, false
	}
	values := make([]uint64, len(names))
	for i, name := range names {
		text, isNamed := strings.CutPrefix(part[i], name+"=")
		n, isNumber := number(text)
		if !isNamed || !isNumber {
			return nil, false
		}
		values[i] = n
	}
	return values, true
}

// decode reads base64 without line breaks and spare bits, which the decoders of
// the standard library let through.
func decode(b64 *base64.Encoding, text string) ([]byte, bool) {
	bytes, err := b64.DecodeString(text)
	return bytes, err == nil && b64.EncodeToString(bytes) == text
}

// decodeForeign reads unpadded standard base64, and what passlib makes of it:
// with "." for "+". No text means one thing in the one and another in the other.
func decodeForeign(text string) ([]byte, bool) {
	return decode(base64.RawStdEncoding, strings.ReplaceAll(text, ".", "+"))
}
