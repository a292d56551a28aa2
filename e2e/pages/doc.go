// Package pages tests the pages of the profile service in a real browser, with
// the real service and a real Prometheus: each page's main
// task by click and by keyboard, no error in the console, no violation of the
// content policy, no serious finding of axe, in light and dark, wide and narrow.
// It is a separate module, so that the browser's client never reaches the
// product's.
package pages
