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

// describer is the read-only part of ECS that is used.
type describer interface {
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
func (r *reading) readServices(ctx context.Context, e ECS) answer {
	source := "ECS cluster " + e.Cluster
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	fail := func(err error) answer {
		fault, remedy := OfUpstream, "grant the role ecs:DescribeServices and ecs:DescribeTaskDefinition"
		var said smithy.APIError
		if errors.As(err, &said) {
			err = fmt.Errorf("%s: %s", said.ErrorCode(), said.ErrorMessage())
		} else if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %s", DefaultTimeout)
		}
		return answer{err: r.sourceError(source, fault, err, remedy)}
	}
	client, files, err := clientsOf(ctx, e)
	if err != nil {
		return answer{err: r.sourceError(source, OfService, err, awsclient.Remedy)}
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
			return answer{
				err: r.sourceError(
					source,
					OfUpstream,
					fmt.Errorf("service %s: %s", aws.ToString(f.Arn), aws.ToString(f.Reason)),
					"use services that run in the cluster",
				),
			}
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
			one, err := r.readService(ctx, s, definitions[arn], files)
			if err != nil {
				return answer{err: r.sourceError(source, OfUpstream, err, "")}
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
		return answer{
			err: r.sourceError(
				source,
				OfUpstream,
				fmt.Errorf("%d of %d services were described", described, len(e.Services)),
				"name each service once",
			),
		}
	}
	out.parts = []part{all} // together, because their names identify the services
	return out
}

// clientsOf returns clients of ECS and S3 with the same role.
func clientsOf(ctx context.Context, e ECS) (describer, *envFiles, error) {
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

// description is the configuration of one service.
type description struct {
	settings         []deployed.Setting
	sources, remarks []string
}

// readService reads one service in the format of the AWS CLI. Env files add what the definition itself does not set.
func (r *reading) readService(ctx context.Context, s types.Service, d *types.TaskDefinition, files *envFiles) (out description, err error) {
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
