package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// page asks for one page of a listing.
func (c *Client) page(ctx context.Context, path string, query url.Values, size int, cursor string, into any) error {
	query.Set("limit", strconv.Itoa(size))
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return c.decoded(ctx, http.MethodGet, path, query, nil, nil, into)
}

// mostOnPage is how many are asked for at once.
const mostOnPage = 500

// pages gives what is listed, page by page, and asks for no more than is taken.
func pages[T any](limit int, ask func(size int, cursor string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		cursor := ""
		for left := limit; ; {
			size := mostOnPage
			if limit > 0 {
				size = min(left, mostOnPage)
			}
			got, next, err := ask(size, cursor)
			if err != nil {
				yield(none, err)
				return
			}
			for _, each := range got {
				if !yield(each, nil) {
					return
				}
			}
			left -= len(got)
			if next == "" || limit > 0 && left <= 0 {
				return
			}
			cursor = next
		}
	}
}
