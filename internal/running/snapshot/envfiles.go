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

// getter is as much of S3 as is asked: nothing that changes anything.
type getter interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// envFiles are those of task definitions in S3, each asked for once.
type envFiles struct {
	s3    getter
	asked map[string]envFile // by ARN
}

// An envFile has its variables in order, or why there are none.
type envFile struct {
	variables []variable
	err       error
}

type variable struct{ name, value string }

// of gives what the env files of a container set, and what cannot be read of
// them. Amazon takes the first of two files that set the same.
func (e *envFiles) of(ctx context.Context, c types.ContainerDefinition) (set []variable, sources, remarks []string) {
	name, known := aws.ToString(c.Name), map[string]bool{}
	for _, f := range c.EnvironmentFiles {
		arn := aws.ToString(f.Value)
		file, asked := e.asked[arn]
		if !asked {
			file.variables, file.err = e.read(ctx, arn)
			e.asked[arn] = file
		}
		if file.err != nil {
			remarks = append(remarks, fmt.Sprintf("server_environment.%s: the file %s is not read: %v", name, arn, file.err))
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

// read asks S3 for a file, by arn:PARTITION:s3:::BUCKET/KEY.
func (e *envFiles) read(ctx context.Context, arn string) ([]variable, error) {
	_, place, _ := strings.Cut(arn, ":s3:::")
	bucket, key, _ := strings.Cut(place, "/")
	if bucket == "" || key == "" {
		return nil, errors.New("it is no ARN of a file in S3")
	}
	out, err := e.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, inS3(err)
	}
	text, err := budget.ConfigFile.Read(out.Body)
	if err := errors.Join(err, out.Body.Close()); err != nil {
		return nil, inS3(err)
	}
	return parseEnvFile(string(text)), nil
}

// inS3 is what S3 said.
func inS3(err error) error {
	var said smithy.APIError
	switch {
	case errors.As(err, &said):
		return fmt.Errorf("%s: %s; the role needs s3:GetObject", said.ErrorCode(), said.ErrorMessage())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s", DefaultTimeout)
	}
	return err
}

// parseEnvFile reads a file as Amazon ECS does, which is not as Compose does:
// NAME=VALUE a line, in which quotes, spaces and $ mean themselves. Lines that
// start with # are comments, and what is no assignment is nothing.
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
