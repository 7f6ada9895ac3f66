package password

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize returns plain in Unicode NFC, the form that is hashed and counted:
// "é" typed as one code point or as two is one password. Nothing else is
// changed, not case and not spaces (ASVS 6.2.8). Bytes that are not UTF-8 stay.
func Normalize(plain string) string { return norm.NFC.String(plain) }

// fold returns s as it is compared with words that must not be used: NFKC and
// without case, so that "ＰＡＳＳＷＯＲＤ" is "password". Folding may leave text that
// is not NFKC, hence twice.
func fold(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}
