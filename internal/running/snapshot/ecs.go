package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/temporal-dsql/temporal-dsql/internal/awsclient"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// ecsClient is the read-only part of ECS that is used.
type ecsClient interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	DescribeTaskDefinition(
		context.Context,
		*ecs.DescribeTaskDefinitionInput,
		...func(*ecs.Options),
	) (*ecs.DescribeTaskDefinitionOutput, error)
}

// maxDescribed is ECS's limit of services in one call.
const maxDescribed = 10

// readServices reads from ECS the services' task counts and the environment of their primary deployments.
func (r *collection) readServices(ctx context.Context, e ECS) sourceResult {
	source := "ECS cluster " + e.Cluster
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	fail := func(err error) sourceResult {
		fault, remedy := OfUpstream, "grant the role ecs:DescribeServices and ecs:DescribeTaskDefinition"
		var apiError smithy.APIError
		if errors.As(err, &apiError) {
			err = fmt.Errorf("%s: %s", apiError.ErrorCode(), apiError.ErrorMessage())
		} else if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %s", DefaultTimeout)
		}
		return sourceResult{err: r.sourceError(source, fault, err, remedy)}
	}
	client, files, err := newClients(ctx, e)
	if err != nil {
		return sourceResult{err: r.sourceError(source, OfService, err, awsclient.Remedy)}
	}
	all := sourceSettings{source: source}
	var out sourceResult
	described, definitions := 0, map[string]*types.TaskDefinition{}
	for names := range slices.Chunk(e.Services, maxDescribed) {
		response, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(e.Cluster), Services: names})
		if err != nil {
			return fail(err)
		}
		for _, f := range response.Failures {
			return sourceResult{
				err: r.sourceError(
					source,
					OfUpstream,
					fmt.Errorf("service %s: %s", aws.ToString(f.Arn), aws.ToString(f.Reason)),
					"use services that run in the cluster",
				),
			}
		}
		for _, s := range response.Services {
			arn := aws.ToString(s.TaskDefinition)
			if definitions[arn] == nil {
				response, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
				if err != nil {
					return fail(err)
				}
				definitions[arn] = response.TaskDefinition
			}
			one, err := r.readService(ctx, s, definitions[arn], files)
			if err != nil {
				return sourceResult{err: r.sourceError(source, OfUpstream, err, "")}
			}
			described++
			all.settings = append(all.settings, one.settings...)
			out.remarks = append(out.remarks, one.remarks...)
			out.sources = append(
				append(out.sources, fmt.Sprintf("ECS service %s/%s (%s)", e.Cluster, aws.ToString(s.ServiceName), arn)),
				one.sources...)
		}
	}
	if described < len(e.Services) {
		return sourceResult{
			err: r.sourceError(
				source,
				OfUpstream,
				fmt.Errorf("%d of %d services were described", described, len(e.Services)),
				"name each service once",
			),
		}
	}
	out.parts = []sourceSettings{all} // together, because their names identify the services
	return out
}

// newClients returns clients of ECS and S3 with the same role.
func newClients(ctx context.Context, e ECS) (ecsClient, *envFiles, error) {
	config, err := awsclient.Load(ctx, e.Region, e.RoleARN)
	if err != nil {
		return nil, nil, err
	}
	client := ecs.NewFromConfig(config, func(o *ecs.Options) {
		if e.Endpoint != "" {
			o.BaseEndpoint = aws.String(e.Endpoint)
		}
	})
	files := s3.NewFromConfig(config, func(o *s3.Options) {
		// path-style addresses for endpoints other than Amazon's
		o.UsePathStyle = o.BaseEndpoint != nil
		// uploaded files need not have a checksum
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	return client, &envFiles{files, map[string]envFile{}}, nil
}

// serviceSettings is the configuration of one service.
type serviceSettings struct {
	settings         []deployed.Setting
	sources, remarks []string
}

// readService reads one service in the format of the AWS CLI. Env files add the variables that the definition itself does not set.
func (r *collection) readService(
	ctx context.Context,
	s types.Service,
	d *types.TaskDefinition,
	files *envFiles,
) (out serviceSettings, err error) {
	name := aws.ToString(s.ServiceName)
	if d == nil {
		return out, fmt.Errorf("service %s has no task definition", name)
	}
	type pair map[string]string
	service := map[string]any{"serviceName": name, "desiredCount": s.DesiredCount}
	if c := s.DeploymentConfiguration; c != nil && c.MaximumPercent != nil {
		service["deploymentConfiguration"] = map[string]any{"maximumPercent": *c.MaximumPercent}
	}
	var containers []any
	for _, c := range d.ContainerDefinitions {
		environment, secrets, known := []pair{}, []pair{}, map[string]bool{}
		for _, v := range c.Environment {
			known[aws.ToString(v.Name)] = true
			environment = append(environment, pair{"name": aws.ToString(v.Name), "value": aws.ToString(v.Value)})
		}
		for _, v := range c.Secrets {
			known[aws.ToString(v.Name)] = true
			secrets = append(secrets, pair{"name": aws.ToString(v.Name), "valueFrom": aws.ToString(v.ValueFrom)})
		}
		set, sources, remarks := files.containerFiles(ctx, c)
		for _, v := range set {
			if !known[v.name] {
				environment = append(environment, pair{"name": v.name, "value": v.value})
			}
		}
		out.sources, out.remarks = append(out.sources, sources...), append(out.remarks, remarks...)
		containers = append(containers, map[string]any{"name": aws.ToString(c.Name), "environment": environment, "secrets": secrets})
	}
	var running int
	for _, deployment := range s.Deployments {
		if deployment.DesiredCount > 0 || deployment.RunningCount > 0 {
			running++
		}
	}
	if running > 1 {
		out.remarks = append(
			out.remarks,
			fmt.Sprintf(
				"server_environment: a deployment of ECS service %s is in progress, and only its new task definition is read",
				name,
			),
		)
	}
	text, err := json.Marshal(
		map[string]any{"services": []any{service}, "taskDefinition": map[string]any{"containerDefinitions": containers}},
	)
	if err != nil {
		return out, fmt.Errorf("write service %s: %w", name, err)
	}
	file, err := configfile.Reader{Format: deployed.ECS, Redactor: r.redactor}.Text(ctx, "ECS service "+name, text)
	if err != nil {
		return out, err
	}
	out.settings = file.Settings
	return out, nil
}
