// Package site is the door for people: the pages of an account and the console.
//
// A page knows no rule. It asks the HTTP door in the same process, with the
// cookies, the address and the User-Agent of the browser that asks it, reads the
// envelope and shows it. So a page can do nothing that the API cannot, and
// limits, codes and the record are the API's own. Every page works without
// script; what script there is saves a click.
package site
