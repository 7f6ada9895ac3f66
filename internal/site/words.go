package site

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"golang.org/x/text/language"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are the texts of the pages, by language and name. Names of answers of
// the API are their codes.
type words map[string]map[string]string

// The languages, the one for everybody else first.
var (
	languages = []string{"en", "ko"}
	matcher   = language.NewMatcher([]language.Tag{language.English, language.Korean})
)

// languageCookie keeps the language that somebody chose.
const languageCookie = "lang"

func loadWords() (words, error) {
	all := words{}
	files, err := wordFiles.ReadDir("words")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		// words/en.json, words/en-console.json
		lang, _, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".json"), "-")
		text, err := wordFiles.ReadFile(path.Join("words", f.Name()))
		if err != nil {
			return nil, err
		}
		var some map[string]string
		if err := json.Unmarshal(text, &some); err != nil {
			return nil, fmt.Errorf("site: words of %s: %w", f.Name(), err)
		}
		if all[lang] == nil {
			all[lang] = map[string]string{}
		}
		for name, text := range some {
			all[lang][name] = text
		}
	}
	return all, nil
}

// has reports whether there is a text with that name.
func (w words) has(name string) bool { return w[languages[0]][name] != "" }

// say is the text in a language; with values it is a format, in which they
// stand as %[1]s.
func (w words) say(lang, name string, values ...any) string {
	text, found := w[lang][name]
	if !found {
		if text, found = w[languages[0]][name]; !found {
			return name
		}
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

// language is what somebody chose, else the first of theirs that there is.
func (v *visit) language() string {
	chosen := v.r.URL.Query().Get("lang")
	for _, lang := range languages {
		if lang == chosen {
			v.setCookie(languageCookie, lang, "/", 365*24*3600)
			return lang
		}
	}
	if kept := v.cookie(languageCookie); v.words[kept] != nil {
		return kept
	}
	_, i := language.MatchStrings(matcher, v.r.Header.Get("Accept-Language"))
	return languages[i]
}
