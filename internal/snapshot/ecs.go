package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/temporal-dsql/temporal-dsql/internal/deployed"
)

// describer is as much of ECS as is asked: nothing that changes anything.
type describer interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// maxDescribed is how many services one call may name.
const maxDescribed = 10

// services reads what ECS runs: counts of the services, and the environment of
// the containers that their primary deployment has.
func (r *reading) services(ctx context.Context, e ECS) answer {
	source := "ECS cluster " + e.Cluster
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	fail := func(err error) answer {
		fault, remedy := OfUpstream, "the role needs ecs:DescribeServices and ecs:DescribeTaskDefinition"
		var said smithy.APIError
		if errors.As(err, &said) {
			err = fmt.Errorf("%s: %s", said.ErrorCode(), said.ErrorMessage())
		} else if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %s", DefaultTimeout)
		}
		return answer{err: r.failed(source, fault, err, remedy)}
	}
	client, err := clientOf(ctx, e)
	if err != nil {
		return answer{err: r.failed(source, OfService, err, "give region and credentials, as for the AWS CLI")}
	}
	all := part{source: source}
	var out answer
	described, definitions := 0, map[string]*types.TaskDefinition{}
	for names := range slices.Chunk(e.Services, maxDescribed) {
		said, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(e.Cluster), Services: names})
		if err != nil {
			return fail(err)
		}
		for _, f := range said.Failures {
			return answer{err: r.failed(source, OfUpstream, fmt.Errorf("service %s: %s", aws.ToString(f.Arn), aws.ToString(f.Reason)), "name services that run in the cluster")}
		}
		for _, s := range said.Services {
			arn := aws.ToString(s.TaskDefinition)
			if definitions[arn] == nil {
				said, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
				if err != nil {
					return fail(err)
				}
				definitions[arn] = said.TaskDefinition
			}
			settings, remarks, err := r.described(s, definitions[arn])
			if err != nil {
				return answer{err: r.failed(source, OfUpstream, err, "")}
			}
			described++
			all.settings = append(all.settings, settings...)
			out.remarks = append(out.remarks, remarks...)
			out.sources = append(out.sources, fmt.Sprintf("ECS service %s/%s (%s)", e.Cluster, aws.ToString(s.ServiceName), arn))
		}
	}
	if described < len(e.Services) {
		return answer{err: r.failed(source, OfUpstream, fmt.Errorf("%d of %d services were described", described, len(e.Services)), "name each service once")}
	}
	out.parts = []part{all} // together: their names tell which is which
	return out
}

func clientOf(ctx context.Context, e ECS) (describer, error) {
	var options []func(*awsconfig.LoadOptions) error
	if e.Region != "" {
		options = append(options, awsconfig.WithRegion(e.Region))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	if config.Region == "" {
		return nil, errors.New("no AWS region is given")
	}
	if e.RoleARN != "" {
		config.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), e.RoleARN))
	}
	return ecs.NewFromConfig(config, func(o *ecs.Options) {
		if e.Endpoint != "" {
			o.BaseEndpoint = aws.String(e.Endpoint)
		}
	}), nil
}

// described reads one service as the AWS CLI would print it.
func (r *reading) described(s types.Service, d *types.TaskDefinition) ([]deployed.Setting, []string, error) {
	name := aws.ToString(s.ServiceName)
	if d == nil {
		return nil, nil, fmt.Errorf("service %s has no task definition", name)
	}
	type pair map[string]string
	service := map[string]any{"serviceName": name, "desiredCount": s.DesiredCount}
	if c := s.DeploymentConfiguration; c != nil && c.MaximumPercent != nil {
		service["deploymentConfiguration"] = map[string]any{"maximumPercent": *c.MaximumPercent}
	}
	var containers []any
	var remarks []string
	for _, c := range d.ContainerDefinitions {
		environment, secrets := []pair{}, []pair{}
		for _, v := range c.Environment {
			environment = append(environment, pair{"name": aws.ToString(v.Name), "value": aws.ToString(v.Value)})
		}
		for _, v := range c.Secrets {
			secrets = append(secrets, pair{"name": aws.ToString(v.Name), "valueFrom": aws.ToString(v.ValueFrom)})
		}
		for _, f := range c.EnvironmentFiles {
			remarks = append(remarks, fmt.Sprintf("server_environment.%s: the file %s is not read", aws.ToString(c.Name), aws.ToString(f.Value)))
		}
		containers = append(containers, map[string]any{"name": aws.ToString(c.Name), "environment": environment, "secrets": secrets})
	}
	var running int
	for _, deployment := range s.Deployments {
		if deployment.DesiredCount > 0 || deployment.RunningCount > 0 {
			running++
		}
	}
	if running > 1 {
		remarks = append(remarks, fmt.Sprintf("server_environment: a deployment of ECS service %s is under way, and only its new task definition is read", name))
	}
	text, err := json.Marshal(map[string]any{"services": []any{service}, "taskDefinition": map[string]any{"containerDefinitions": containers}})
	if err != nil {
		return nil, nil, fmt.Errorf("write service %s: %w", name, err)
	}
	file, err := deployed.Reading{Format: deployed.ECS, Redactor: r.redactor}.Text("ECS service "+name, text)
	if err != nil {
		return nil, nil, err
	}
	return file.Settings, remarks, nil
}
