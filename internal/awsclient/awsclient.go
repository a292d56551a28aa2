// Package awsclient configures clients of Amazon Web Services: region, role, and limits on their responses.
package awsclient

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// Remedy is what to do if Load fails.
const Remedy = "set region and credentials, as for the AWS CLI"

// Load returns the configuration of clients in a region that assume a role. Without either it is that of the AWS CLI.
// It sends no request.
func Load(ctx context.Context, region, roleARN string) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, err
	}
	loaded.HTTPClient, loaded.Logger = budget.CloudClient(loaded.HTTPClient), logging.Nop{} // it writes to stderr, next to the log
	if loaded.Region == "" {
		return aws.Config{}, errors.New("the AWS region is not set")
	}
	if roleARN != "" {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), roleARN))
	}
	return loaded, nil
}
