package snapshot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// s3Client is the read-only part of S3 that is used.
type s3Client interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// envFiles reads env files of task definitions from S3, each once.
type envFiles struct {
	s3    s3Client
	asked map[string]envFile // by ARN
}

// envFile holds a file's variables in order, or the error.
type envFile struct {
	variables []variable
	err       error
}

type variable struct{ name, value string }

// containerFiles returns the variables of a container's env files, and remarks on unreadable files. As in ECS, the first file
// wins.
func (e *envFiles) containerFiles(ctx context.Context, c types.ContainerDefinition) (set []variable, sources, remarks []string) {
	name, known := aws.ToString(c.Name), map[string]bool{}
	for _, f := range c.EnvironmentFiles {
		arn := aws.ToString(f.Value)
		file, asked := e.asked[arn]
		if !asked {
			file.variables, file.err = e.fetchFile(ctx, arn)
			e.asked[arn] = file
		}
		if file.err != nil {
			remarks = append(remarks, fmt.Sprintf("server_environment.%s: cannot read file %s: %v", name, arn, file.err))
			continue
		}
		sources = append(sources, fmt.Sprintf("env file %s (of container %s)", arn, name))
		for _, v := range file.variables {
			if !known[v.name] {
				known[v.name] = true
				set = append(set, v)
			}
		}
	}
	return set, sources, remarks
}

// fetchFile fetches a file by arn:PARTITION:s3:::BUCKET/KEY.
func (e *envFiles) fetchFile(ctx context.Context, arn string) ([]variable, error) {
	_, place, _ := strings.Cut(arn, ":s3:::")
	bucket, key, _ := strings.Cut(place, "/")
	if bucket == "" || key == "" {
		return nil, errors.New("not a valid ARN of a file in S3")
	}
	out, err := e.s3.GetObject(budget.WithAnswerLimit(ctx, budget.CloudAnswer), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, shortenS3Error(err)
	}
	text, err := budget.ConfigFile.Read(out.Body)
	if err := errors.Join(err, out.Body.Close()); err != nil {
		return nil, shortenS3Error(err)
	}
	return parseEnvFile(string(text)), nil
}

// shortenS3Error shortens an error of S3 to its own message.
func shortenS3Error(err error) error {
	var apiError smithy.APIError
	switch {
	case errors.As(err, &apiError):
		return fmt.Errorf("%s: %s; grant the role s3:GetObject", apiError.ErrorCode(), apiError.ErrorMessage())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s", DefaultTimeout)
	}
	return err
}

// parseEnvFile reads NAME=VALUE lines as ECS does, unlike Compose: quotes, spaces and $ have no special meaning. It
// skips lines that start with # or have no assignment.
func parseEnvFile(text string) (all []variable) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		name, value, assigns := strings.Cut(line, "=")
		if !assigns || name == "" || strings.HasPrefix(line, "#") {
			continue
		}
		all = append(all, variable{name, value})
	}
	return all
}
