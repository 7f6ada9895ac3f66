module github.com/latchkey/latchkey/guard

go 1.25
