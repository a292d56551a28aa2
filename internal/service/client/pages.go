package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// getPage fetches one page of a list.
func (c *Client) getPage(ctx context.Context, path string, query url.Values, size int, cursor string, into any) error {
	query.Set("limit", strconv.Itoa(size))
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return c.sendJSON(ctx, http.MethodGet, path, query, nil, nil, into)
}

// maxPageSize is the page size of requests.
const maxPageSize = 500

// iteratePages iterates over a paged list and fetches pages as needed.
func iteratePages[T any](limit int, ask func(size int, cursor string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		cursor := ""
		for left := limit; ; {
			size := maxPageSize
			if limit > 0 {
				size = min(left, maxPageSize)
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
