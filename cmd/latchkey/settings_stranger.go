package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// strangers finds names that are no settings. One that must have been meant as
// one is a problem, since a setting that is silently not in force may be the
// one that protects: any LATCHKEY_…, and what is nearly a setting's name. Other
// names in the .env file belong to services that share it and are returned as
// unused.
func strangers(src sources, lines []setting) (wrong problems, unused []string) {
	for _, name := range slices.Sorted(maps.Keys(src.flags)) {
		if name != envFileSetting && !known(lines, name) {
			wrong = append(wrong, name+" (from --"+kebab(name)+"): no such setting")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(src.env)) {
		if name == envFileSetting || known(lines, name) {
			continue
		}
		// The environment is full of names that are nobody's here: only what is
		// written as a setting is, in capitals and with a value, counts as nearly one.
		nearly := name == strings.ToUpper(name) && src.env[name] != "" && mistyped(lines, name)
		if ours(name) && !serviceLink(name, src.env[name]) || !ours(name) && nearly {
			wrong = append(wrong, name+" (from the environment): no such setting; "+mend(lines, name, "unset it"))
		}
	}
	first := map[string]envLine{}
	for _, l := range src.file.lines {
		before, again := first[l.Name]
		if !again {
			first[l.Name] = l
		}
		switch {
		case l.Name == envFileSetting:
			wrong = append(wrong, l.Name+src.file.at(l)+": a file cannot name the file to read; set it in the environment")
		case known(lines, l.Name):
			if again {
				wrong = append(wrong, l.Name+src.file.at(l)+": is set before"+src.file.at(before)+"; leave one of them")
			}
		case ours(l.Name), mistyped(lines, l.Name):
			wrong = append(wrong, l.Name+src.file.at(l)+": no such setting; "+mend(lines, l.Name, "take it out"))
		case !again:
			unused = append(unused, l.Name)
		}
	}
	return wrong, unused
}

func known(lines []setting, name string) bool {
	return slices.ContainsFunc(lines, func(s setting) bool { return s.name == name })
}

// ours reports whether a name can only be meant for this program.
func ours(name string) bool { return strings.HasPrefix(strings.ToUpper(name), "LATCHKEY_") }

// mistyped reports whether a name is nearly a setting's and nobody else's.
func mistyped(lines []setting, name string) bool {
	return !slices.Contains(bystanders(), name) && nearest(lines, name) != ""
}

// bystanders are names that other programs use and that are near ours by chance.
func bystanders() []string {
	return []string{"HTTP_HOST", "HTTP_PORT", "MONGO_URL", "REDIS_TTL", "REDIS_URI", "TENANT_SERVICE_HTTP_PORT"}
}

// link is what Kubernetes and Docker set for a service whose name begins with
// latchkey.
var link = regexp.MustCompile(`^LATCHKEY_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

func serviceLink(name, text string) bool {
	return link.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(text, "://")
}

// mend suggests the setting that was meant, or else what to do.
func mend(lines []setting, name, otherwise string) string {
	if near := nearest(lines, name); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise + ", or see docs/settings.md for the names"
}

// nearest returns the setting whose name is at most two letters away,
// whichever case is used, or "".
func nearest(lines []setting, name string) string {
	best, least := "", 3
	for _, s := range lines {
		if d := distance(strings.ToUpper(name), s.name); d < least {
			best, least = s.name, d
		}
	}
	return best
}

// distance is Levenshtein's: how many letters to put in, take out or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
