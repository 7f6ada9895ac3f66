package latchkey_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/latchkey/latchkey"

// A source is one parsed Go file.
type source struct {
	path, folder string // from the root, with slashes
	test         bool
	file         *ast.File
	set          *token.FileSet
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.set.Position(n.Pos()).Line)
}

// walk calls visit for every folder and file that is ours: not what a tool made
// or brought, not what a test reads.
func walk(tree fs.FS, visit func(name string, d fs.DirEntry)) (failed []string) {
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != "." {
			if strings.HasPrefix(base, ".") || slices.Contains([]string{"bin", "dist", "node_modules", "testdata"}, base) {
				return fs.SkipDir
			}
		}
		visit(name, d)
		return nil
	})
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// parse reads every Go file, whatever its build constraints.
func parse(tree fs.FS) (files []source, complaints []string) {
	set := token.NewFileSet()
	failed := walk(tree, func(name string, d fs.DirEntry) {
		if d.IsDir() || path.Ext(name) != ".go" {
			return
		}
		text, err := fs.ReadFile(tree, name)
		if err == nil {
			var file *ast.File
			file, err = parser.ParseFile(set, name, text, parser.ParseComments)
			if err == nil {
				files = append(files, source{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), file, set})
				return
			}
		}
		complaints = append(complaints, err.Error())
	})
	return files, append(failed, complaints...)
}

// under tells whether an import path is one of these, or lies below one.
func under(imported string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return root == "*" || imported == root || strings.HasPrefix(imported, root+"/")
	})
}

func checkArrows(files []source, table map[string]arrow) []string {
	var complaints []string
	unused := maps.Clone(table)
	for _, s := range files {
		a, known := table[s.folder]
		if !known {
			complaints = append(complaints, s.path+": a new package needs a line in arrows, house_test.go")
			continue
		}
		delete(unused, s.folder)
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				imported = spec.Path.Value
			}
			if why := a.refuses(s, imported); why != "" {
				complaints = append(complaints, fmt.Sprintf("%s: imports %s: %s", s.at(spec), imported, why))
			}
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(unused)) {
		complaints = append(complaints, folder+": has a line in arrows, house_test.go, and no Go file: take the line out")
	}
	return complaints
}

// refuses gives the reason why this file may not import that, "" if it may.
func (a arrow) refuses(s source, imported string) string {
	inside, ours := strings.CutPrefix(imported, module+"/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case ours && inside == s.folder: // an outer test
		return ""
	case ours && s.test:
		for _, group := range siblings {
			if slices.Contains(group, s.folder) && slices.Contains(group, inside) {
				return "siblings do not know each other: such a test belongs to e2e"
			}
		}
		if a.bare && !arrows[inside].bare {
			return "only the standard library here, also in tests"
		}
		return ""
	case ours:
		if slices.Contains(a.inside, "*") || slices.Contains(a.inside, inside) {
			return ""
		}
		return "not one of its arrows"
	case !strings.Contains(first, "."):
		if !s.test && under(imported, a.never) {
			return "this package knows nothing of that"
		}
		return ""
	case a.bare:
		return "only the standard library here"
	case a.apart:
		return ""
	case s.test:
		if under(imported, slices.Concat(slots, testSlots)) {
			return ""
		}
		return "no slot for this library"
	case slices.Contains(a.outside, "*"):
		if under(imported, slots) || slices.ContainsFunc(a.outside, func(extra string) bool { return extra != "*" && under(imported, []string{extra}) }) {
			return ""
		}
		return "no slot for this library outside tests"
	case !under(imported, a.outside):
		return "not one of its libraries"
	}
	return ""
}

// checkClock refuses the wall clock in the rules: they are given Service.Now.
func checkClock(files []source) []string {
	var complaints []string
	for _, s := range files {
		if s.test || !under(s.folder, []string{"internal/auth"}) {
			continue
		}
		clock := "time"
		for _, spec := range s.file.Imports {
			if spec.Path.Value == `"time"` && spec.Name != nil {
				clock = spec.Name.Name
			}
		}
		for n := range ast.Preorder(s.file) {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			x, ok := sel.X.(*ast.Ident)
			if ok && x.Name == clock && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
				complaints = append(complaints, s.at(n)+": reads the clock: the rules have Service.Now")
			}
		}
	}
	return complaints
}

// checkPackageComments wants two lines: what a package is for, and what it does
// not know. A package that is only tests says it in a test file.
func checkPackageComments(files []source) []string {
	type pkg struct {
		lines   int
		hasCode bool
	}
	packages := map[string]pkg{}
	for _, s := range files {
		p := packages[s.folder]
		if !s.test && !p.hasCode {
			p = pkg{hasCode: true} // what its tests say no longer counts
		}
		if s.test != p.hasCode {
			p.lines = max(p.lines, strings.Count(s.file.Doc.Text(), "\n"))
		}
		packages[s.folder] = p
	}
	var complaints []string
	for _, folder := range slices.Sorted(maps.Keys(packages)) {
		if n := packages[folder].lines; n < 2 {
			complaints = append(complaints, fmt.Sprintf("%s: a package comment has at least two lines, this one %d", folder, n))
		}
	}
	return complaints
}

var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

// checkUnfinished refuses marks of unfinished work and tests that do not run.
func checkUnfinished(files []source) []string {
	var complaints []string
	for _, s := range files {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if mark := unfinished.FindString(c.Text); mark != "" {
					complaints = append(complaints, s.at(c)+": "+mark+": finish it, or open an issue")
				}
			}
		}
		if !slices.ContainsFunc(s.file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing"` }) {
			continue
		}
		for n := range ast.Preorder(s.file) {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				continue
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			x, _ := sel.X.(*ast.Ident)
			short := x != nil && x.Name == "testing" && sel.Sel.Name == "Short"
			if short || slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				complaints = append(complaints, s.at(n)+": every test runs everywhere: "+sel.Sel.Name+" is not for us")
			}
		}
	}
	return complaints
}

// checkSizes stops a file at 400 lines; one with a reason may go on to 600. What
// a program wrote, and says so in its first line, may be as long as it likes.
func checkSizes(tree fs.FS, reasons map[string]string) []string {
	var complaints []string
	unused := maps.Clone(reasons)
	failed := walk(tree, func(name string, d fs.DirEntry) {
		if d.IsDir() || !slices.Contains([]string{".go", ".ts", ".css", ".html"}, path.Ext(name)) {
			return
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			complaints = append(complaints, err.Error())
			return
		}
		head, _, _ := bytes.Cut(text, []byte("\n"))
		if bytes.Contains(head, []byte("Code generated")) && bytes.Contains(head, []byte("DO NOT EDIT")) {
			return
		}
		lines := bytes.Count(text, []byte("\n"))
		if lines <= 400 {
			return
		}
		reason := reasons[name]
		delete(unused, name)
		switch {
		case lines > 600:
			complaints = append(complaints, fmt.Sprintf("%s: %d lines, 600 is the end: it holds more than one idea", name, lines))
		case reason == "":
			complaints = append(complaints, fmt.Sprintf("%s: %d lines, over 400: divide it, or give the reason in long, house_test.go", name, lines))
		}
	})
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		complaints = append(complaints, name+": is not long, take it out of long, house_test.go")
	}
	return append(failed, complaints...)
}

var nameless = []string{"common", "helper", "helpers", "lib", "manager", "managers", "misc", "shared", "util", "utils"}

// checkFolders refuses names that say nothing.
func checkFolders(tree fs.FS) []string {
	var complaints []string
	failed := walk(tree, func(name string, d fs.DirEntry) {
		if d.IsDir() && slices.Contains(nameless, strings.ToLower(path.Base(name))) {
			complaints = append(complaints, name+": a folder is named after what it is, not "+path.Base(name))
		}
	})
	return append(failed, complaints...)
}

// spoken are methods whose promise is known from the interface they fulfil.
var spoken = []string{"Error", "String", "Unwrap", "Is", "As", "Read", "Write", "Close", "ServeHTTP", "Len", "Less", "Swap",
	"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "LogValue", "Format", "GoString", "Scan", "Value"}

// checkExports wants a comment on everything that another package can name,
// the methods of an exported interface among them: they are its promises.
func checkExports(files []source) []string {
	var complaints []string
	for _, s := range files {
		if s.test || ast.IsGenerated(s.file) {
			continue
		}
		silent := func(name *ast.Ident) {
			complaints = append(complaints, s.at(name)+": "+name.Name+" is exported and has no comment")
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || ast.IsExported(receiver(d)) && !slices.Contains(spoken, d.Name.Name)) {
					silent(d.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					for _, name := range silentNames(s, d, spec) {
						silent(name)
					}
				}
			}
		}
	}
	return complaints
}

// receiver is the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	for n := range ast.Preorder(d.Recv.List[0].Type) {
		if name, ok := n.(*ast.Ident); ok {
			return name.Name
		}
	}
	return ""
}

// silentNames are the exported names of a declaration that no comment is about.
// The comment of a group speaks for its members.
func silentNames(s source, d *ast.GenDecl, spec ast.Spec) (names []*ast.Ident) {
	switch x := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range x.Names {
			if name.IsExported() && d.Doc == nil && x.Doc == nil && x.Comment == nil {
				names = append(names, name)
			}
		}
	case *ast.TypeSpec:
		if !x.Name.IsExported() {
			return nil
		}
		if d.Doc == nil && x.Doc == nil && x.Comment == nil {
			names = append(names, x.Name)
		}
		if promises, ok := x.Type.(*ast.InterfaceType); ok {
			names = append(names, silentPromises(s, promises)...)
		}
	}
	return names
}

// silentPromises are the methods that no comment is about. The comment of an
// interface speaks for its only method, that above a paragraph for the paragraph.
func silentPromises(s source, promises *ast.InterfaceType) (names []*ast.Ident) {
	if promises.Methods.NumFields() == 1 {
		return nil
	}
	toldUntil := 0
	for _, method := range promises.Methods.List {
		told := method.Doc != nil || method.Comment != nil || s.set.Position(method.Pos()).Line == toldUntil+1
		if told {
			toldUntil = s.set.Position(method.End()).Line
		}
		if !told && len(method.Names) == 1 && method.Names[0].IsExported() {
			names = append(names, method.Names[0])
		}
	}
	return names
}
