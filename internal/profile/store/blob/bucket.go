package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Bucket stores documents in S3.
type Bucket struct {
	client       *s3.Client
	name, prefix string
}

// OpenBucket opens s3://BUCKET[/PREFIX][?region=REGION]. Credentials, region and endpoint come from the usual AWS
// sources. Buckets at other endpoints than Amazon's are addressed by path.
func OpenBucket(ctx context.Context, address string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return nil, &behaviour.RequestError{
			Message: fmt.Sprintf("%q is not a valid bucket", address),
			Remedy:  "use s3://BUCKET or s3://BUCKET/PREFIX",
		}
	}
	query := u.Query()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(query.Get("region")))
	if err != nil {
		return nil, fmt.Errorf("configure S3: %w", err)
	}
	if cfg.Region == "" {
		return nil, &behaviour.RequestError{
			Message: "the region of " + address + " is unknown",
			Remedy:  "set AWS_REGION, or use s3://BUCKET?region=REGION",
		}
	}
	cfg.HTTPClient, cfg.Logger = budget.CloudClient(cfg.HTTPClient), logging.Nop{} // it writes to stderr, next to the log
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &Bucket{client: client, name: u.Host, prefix: prefix}, nil
}

// Attempts of a put that conflicts with a concurrent one, and the pause between them, which is doubled each time and
// randomised so that rivals separate.
const (
	putAttempts   = 5
	shortestPause = 5 * time.Millisecond
)

// Put uploads a document with its checksum, unless the name exists.
func (b *Bucket) Put(ctx context.Context, name string, data []byte) error {
	for attempt := 1; ; attempt++ {
		out, err := b.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket:            &b.name,
			Key:               aws.String(b.prefix + name),
			Body:              bytes.NewReader(data),
			IfNoneMatch:       aws.String("*"),
			ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
			ContentType:       aws.String("application/zstd"),
		})
		switch httpStatus(err) {
		case http.StatusPreconditionFailed:
			return fmt.Errorf("put %s: %w", b.documentURL(name), fs.ErrExist)
		case http.StatusConflict:
			if attempt < putAttempts {
				if err := waitBeforeRetry(ctx, attempt); err != nil {
					return err
				}
				continue
			}
		}
		if err == nil && aws.ToString(out.ETag) == "" {
			err = errNotS3
		}
		return b.wrapError("put", name, err)
	}
}

// waitBeforeRetry waits before the next attempt.
func waitBeforeRetry(ctx context.Context, attempt int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(shortestPause << attempt)):
		return nil
	}
}

// errNotS3 reports an answer of something between the service and S3, such as the page of a proxy with status 200.
var errNotS3 = errors.New("the answer is not that of S3")

// Get downloads a document and verifies its checksum.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	out, err := b.client.GetObject(budget.WithAnswerLimit(ctx, budget.CloudAnswer), &s3.GetObjectInput{
		Bucket:       &b.name,
		Key:          aws.String(b.prefix + name),
		ChecksumMode: types.ChecksumModeEnabled,
	})
	if missing := (*types.NoSuchKey)(nil); errors.As(err, &missing) {
		return nil, fmt.Errorf("get %s: %w", b.documentURL(name), fs.ErrNotExist)
	}
	if err != nil {
		return nil, b.wrapError("get", name, err)
	}
	data, err := budget.StoredDocument.Read(out.Body)
	return data, b.wrapError("get", name, errors.Join(err, out.Body.Close()))
}

// Delete removes a document.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	out, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: aws.String(b.prefix + name)})
	if httpStatus(err) == http.StatusNotFound && !errors.As(err, new(*types.NoSuchBucket)) {
		return nil
	}
	if err == nil {
		raw, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
		if ok && raw.StatusCode != http.StatusNoContent {
			err = errNotS3
		}
	}
	return b.wrapError("delete", name, err)
}

// List fetches the entries page by page.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var progress listProgress
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: aws.String(b.prefix + prefix)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err == nil && aws.ToString(page.Name) == "" {
				err = errNotS3 // the SDK takes any XML for an empty page
			}
			if err == nil && pages.HasMorePages() {
				err = progress.check(page.Contents)
			}
			if err != nil {
				yield(Entry{}, b.wrapError("list", prefix, err))
				return
			}
			for _, o := range page.Contents {
				name := strings.TrimPrefix(aws.ToString(o.Key), b.prefix)
				if !yield(Entry{Name: name, Modified: aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

// listProgress notices a list that never ends: pages that begin as the one before, or are empty.
type listProgress struct {
	first string
	empty int
}

const maxEmptyPages = 100

var errEndlessList = errors.New("the list of objects does not end")

func (p *listProgress) check(page []types.Object) error {
	if len(page) == 0 {
		if p.empty++; p.empty > maxEmptyPages {
			return errEndlessList
		}
		return nil
	}
	if first := aws.ToString(page[0].Key); first != p.first {
		p.first, p.empty = first, 0
		return nil
	}
	return errEndlessList
}

// probeName is the name of the object that Probe overwrites. It is outside the prefixes of documents.
const probeName = "ready"

// Probe overwrites an object and reads it.
func (b *Bucket) Probe(ctx context.Context) error {
	out, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(b.name), Key: aws.String(b.prefix + probeName), Body: bytes.NewReader([]byte("ready\n")),
	})
	if err == nil && aws.ToString(out.ETag) == "" {
		err = errNotS3
	}
	if err != nil {
		return err
	}
	answer, err := b.client.GetObject(budget.WithAnswerLimit(ctx, budget.CloudAnswer), &s3.GetObjectInput{
		Bucket: aws.String(b.name), Key: aws.String(b.prefix + probeName),
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, budget.StoredDocument.Reader(answer.Body))
	return errors.Join(err, answer.Body.Close())
}

func (b *Bucket) documentURL(name string) string { return "s3://" + b.name + "/" + b.prefix + name }

func (b *Bucket) wrapError(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return &bucketError{doing + " " + b.documentURL(name) + ": " + errorText(err), err}
}

// bucketError holds only S3's message or the network error, because the SDK's text starts with ids, attempts and
// URLs.
type bucketError struct {
	text string
	err  error
}

func (e *bucketError) Error() string { return e.text }

func (e *bucketError) Unwrap() error { return e.err }

func errorText(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded.Error()
	}
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		return exceeded.Error()
	}
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return strings.TrimSuffix(answer.ErrorCode()+": "+answer.ErrorMessage(), ": ")
	}
	if errors.As(err, new(*smithy.DeserializationError)) {
		return errNotS3.Error()
	}
	var sent *url.Error
	if errors.As(err, &sent) {
		return sent.Err.Error()
	}
	return err.Error()
}

// httpStatus returns the HTTP status of an error answer, or 0.
func httpStatus(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
