package budget

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// CloudClient bounds the answers of AWS. It follows only redirects that keep the
// method, as the SDK does, and none to another host: the signature covers the host,
// so another one would refuse the request and still learn what was asked.
func CloudClient(sdk aws.HTTPClient) aws.HTTPClient {
	client := Client(CloudAnswer, nil)
	if built, ok := sdk.(interface{ GetTransport() *http.Transport }); ok {
		client.Transport = Transport{Next: limitHeaders(built.GetTransport()), Limit: CloudAnswer}
	}
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		switch r.Response.StatusCode {
		case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			return SameHost(r, via)
		}
		return http.ErrUseLastResponse
	}
	return client
}
