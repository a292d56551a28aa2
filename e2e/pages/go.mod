module github.com/temporal-dsql/temporal-dsql/e2e/pages

go 1.26.8

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	github.com/temporal-dsql/temporal-dsql v0.0.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/temporal-dsql/temporal-dsql => ../..
