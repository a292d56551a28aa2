package budget

import (
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// CloudClient bounds the answers of AWS, of which those to requests with an answer
// limit are objects. It follows only redirects that keep the method, as the SDK does,
// and none to another host: the signature covers the host, so another one would refuse
// the request and still learn what was asked.
func CloudClient(sdk aws.HTTPClient) aws.HTTPClient {
	client := Client(CloudText, nil)
	transport := cloudTransport{Transport{Limit: CloudText}}
	if built, ok := sdk.(interface{ GetTransport() *http.Transport }); ok {
		transport.Next = limitHeaders(built.GetTransport())
	}
	client.Transport = transport
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		switch r.Response.StatusCode {
		case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			return SameHost(r, via)
		}
		return http.ErrUseLastResponse
	}
	return client
}

// cloudTransport bounds errors and the nesting of XML besides. The SDK reads errors as a whole, and decodes XML with a
// stack of its elements.
type cloudTransport struct{ Transport }

// RoundTrip sends the request and wraps the body of the answer.
func (t cloudTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.Transport.RoundTrip(r)
	if err != nil {
		return answer, err
	}
	_, isObject := r.Context().Value(limitKey{}).(Limit)
	counted := &xmlDepth{from: answer.Body, state: xmlUnknown}
	kind := answer.Header.Get("Content-Type")
	if kind == "" || strings.Contains(strings.ToLower(kind), "xml") || !asksForOtherThanXML(r) {
		counted.state = xmlText
	}
	switch {
	case answer.StatusCode >= http.StatusMultipleChoices:
		answer.Body = body{CloudError.Reader(counted), answer.Body}
	case !isObject:
		answer.Body = body{counted, answer.Body}
	}
	return answer, nil
}

// asksForOtherThanXML reports whether a request is of a protocol with JSON or CBOR. The SDK decodes the answer to any
// other as XML, whatever type the answer states.
func asksForOtherThanXML(r *http.Request) bool {
	return r.Header.Get("X-Amz-Target") != "" || r.Header.Get("Smithy-Protocol") != "" ||
		strings.Contains(r.Header.Get("Content-Type"), "json")
}

// xmlDepth counts the open elements of XML while it is read. Other text passes. JSON and CBOR can hold what looks like
// elements, so that their answers are XML only if they begin with an element.
type xmlDepth struct {
	from  io.Reader
	depth int64
	state xmlState
	quote byte
	last  byte
	// hasMarkup is set after a comment or CDATA, which can hold what looks like the end of an element
	hasMarkup bool
}

type xmlState int

const (
	xmlText xmlState = iota
	xmlBegun
	xmlElement
	xmlValue   // of an attribute
	xmlOther   // the end of an element, a comment, a declaration
	xmlUnknown // before the first byte besides blanks and the mark of UTF-8, which tells
	xmlNone    // not XML
)

func (x *xmlDepth) Read(p []byte) (int, error) {
	n, err := x.from.Read(p)
	for _, b := range p[:n] {
		x.readByte(b)
		if exceeded := XMLDepth.Check(x.depth); exceeded != nil {
			return 0, exceeded
		}
	}
	return n, err
}

func (x *xmlDepth) readByte(b byte) {
	if x.state == xmlUnknown && strings.IndexByte(" \t\r\n\xef\xbb\xbf", b) < 0 {
		if x.state = xmlNone; b == '<' {
			x.state = xmlText
		}
	}
	switch {
	case x.state == xmlText && b == '<':
		x.state = xmlBegun
	case x.state == xmlBegun:
		x.state = xmlOther
		switch b {
		case '/':
			x.close()
		case '!':
			x.hasMarkup = true
		case '?':
		default:
			x.state, x.depth = xmlElement, x.depth+1
		}
	case x.state == xmlElement && (b == '"' || b == '\''):
		x.state, x.quote = xmlValue, b
	case x.state == xmlElement && b == '>':
		if x.state = xmlText; x.last == '/' {
			x.close()
		}
	case x.state == xmlValue && b == x.quote:
		x.state = xmlElement
	case x.state == xmlOther && b == '>':
		x.state = xmlText
	}
	x.last = b
}

func (x *xmlDepth) close() {
	if !x.hasMarkup {
		x.depth = max(0, x.depth-1)
	}
}
