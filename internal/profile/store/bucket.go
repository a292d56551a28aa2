package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// A Bucket keeps documents in S3.
type Bucket struct {
	client       *s3.Client
	name, prefix string
}

// OpenBucket gives the documents of s3://BUCKET[/PREFIX][?region=REGION].
// Credentials, region and endpoint come as for every AWS tool: from the
// environment, the shared configuration, or the role of a task or instance.
// Buckets of an endpoint that is not Amazon's own are addressed by path.
func OpenBucket(ctx context.Context, address string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return nil, &RequestError{fmt.Sprintf("%q is no bucket", address), "write s3://BUCKET or s3://BUCKET/PREFIX"}
	}
	query := u.Query()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(query.Get("region")))
	if err != nil {
		return nil, fmt.Errorf("configure S3: %w", err)
	}
	if cfg.Region == "" {
		return nil, &RequestError{"the region of " + address + " is unknown", "set AWS_REGION, or write s3://BUCKET?region=REGION"}
	}
	cfg.HTTPClient = budget.CloudClient(cfg.HTTPClient)
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &Bucket{client: client, name: u.Host, prefix: prefix}, nil
}

// attempts of a put that S3 refuses only because another is under way.
const putAttempts = 5

// Put uploads a document with its checksum, on the condition that there is none.
func (b *Bucket) Put(ctx context.Context, name string, data []byte) error {
	for attempt := 1; ; attempt++ {
		_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket:            &b.name,
			Key:               aws.String(b.prefix + name),
			Body:              bytes.NewReader(data),
			IfNoneMatch:       aws.String("*"),
			ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
			ContentType:       aws.String("application/zstd"),
		})
		switch status(err) {
		case http.StatusPreconditionFailed:
			return fmt.Errorf("put %s: %w", b.url(name), fs.ErrExist)
		case http.StatusConflict:
			if attempt < putAttempts {
				if err := pause(ctx, attempt); err != nil {
					return err
				}
				continue
			}
		}
		return b.wrap("put", name, err)
	}
}

// Get downloads a document; the client holds it against its checksum.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket:       &b.name,
		Key:          aws.String(b.prefix + name),
		ChecksumMode: types.ChecksumModeEnabled,
	})
	if missing := (*types.NoSuchKey)(nil); errors.As(err, &missing) {
		return nil, fmt.Errorf("get %s: %w", b.url(name), fs.ErrNotExist)
	}
	if err != nil {
		return nil, b.wrap("get", name, err)
	}
	data, err := budget.StoredDocument.Read(out.Body)
	return data, b.wrap("get", name, errors.Join(err, out.Body.Close()))
}

// Delete removes a document.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: aws.String(b.prefix + name)})
	if status(err) == http.StatusNotFound && !errors.As(err, new(*types.NoSuchBucket)) {
		return nil
	}
	return b.wrap("delete", name, err)
}

// List asks for one page after the other.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: aws.String(b.prefix + prefix)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Entry{}, b.wrap("list", prefix, err))
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

func (b *Bucket) url(name string) string { return "s3://" + b.name + "/" + b.prefix + name }

func (b *Bucket) wrap(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return &bucketError{doing + " " + b.url(name) + ": " + said(err), err}
}

// A bucketError says what S3 said, or why it said nothing; the SDK's own text
// tells of ids, attempts and URLs before.
type bucketError struct {
	text string
	err  error
}

func (e *bucketError) Error() string { return e.text }

func (e *bucketError) Unwrap() error { return e.err }

func said(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded.Error()
	}
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return strings.TrimSuffix(answer.ErrorCode()+": "+answer.ErrorMessage(), ": ")
	}
	var sent *url.Error
	if errors.As(err, &sent) {
		return sent.Err.Error()
	}
	return err.Error()
}

// status gives the HTTP status of an answer that is an error, else 0.
func status(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
