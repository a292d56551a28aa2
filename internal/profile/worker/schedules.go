package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
)

// scheduleSet manages the schedules of one task queue, one for each cluster. Workers with equal configuration manage
// the same schedules.
type scheduleSet struct {
	client client.ScheduleClient
	queue  string
	log    *slog.Logger
}

// scheduleID returns the id of a cluster's schedule. Cluster ids have no slash, so ids of task queues cannot collide.
func (s scheduleSet) scheduleID(cluster string) string { return s.queue + "/" + cluster }

// syncPlans creates, updates and removes schedules to match the plans. Paused schedules stay paused.
func (s scheduleSet) syncPlans(ctx context.Context, plans []assess.Plan) error {
	wanted := map[string]bool{}
	for _, p := range plans {
		wanted[s.scheduleID(p.ClusterID)] = true
		if err := s.putSchedule(ctx, inputOf(p)); err != nil {
			return fmt.Errorf("put schedule %s: %w", s.scheduleID(p.ClusterID), err)
		}
	}
	return s.removeStale(ctx, wanted)
}

func (s scheduleSet) putSchedule(ctx context.Context, o AssessClusterInput) error {
	id, spec, action, policies := s.scheduleID(o.ClusterID), scheduleSpec(o), s.scheduleAction(o), schedulePolicies()
	_, err := s.client.Create(ctx, client.ScheduleOptions{
		ID: id, Spec: spec, Action: action, Overlap: policies.Overlap, CatchupWindow: policies.CatchupWindow,
		Note: "managed by temporal-dsql worker from its configuration",
	})
	if err == nil {
		s.log.Info("schedule created", "schedule", id)
		return nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	changed := false
	err = s.client.GetHandle(ctx, id).
		Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			now := in.Description.Schedule
			same, err := isUpToDate(now, spec, action, policies)
			if err != nil {
				return nil, err
			}
			if same {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			changed = true
			now.Spec, now.Action, now.Policy = &spec, action, &policies
			return &client.ScheduleUpdate{Schedule: &now}, nil
		}})
	if err == nil && changed {
		s.log.Info("schedule changed", "schedule", id)
	}
	return err
}

// scheduleSpec fires shortly after each multiple of the interval, when a window is due. Temporal counts in seconds.
func scheduleSpec(o AssessClusterInput) client.ScheduleSpec {
	late := (o.toPlan().Late() + time.Second - 1).Truncate(time.Second)
	return client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Duration(o.Every), Offset: late}}}
}

func (s scheduleSet) scheduleAction(o AssessClusterInput) *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID: s.scheduleID(o.ClusterID), Workflow: workflowName, Args: []any{o}, TaskQueue: s.queue,
		// three activities, each with its own timeout, and the time between
		WorkflowExecutionTimeout: 4 * assessmentTimeout,
	}
}

// schedulePolicies lets windows overlap, and catches up on missed windows while they are worth assessing.
func schedulePolicies() client.SchedulePolicies {
	return client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, CatchupWindow: assessmentTimeout}
}

// isUpToDate reports whether a schedule matches its configuration.
func isUpToDate(
	now client.Schedule,
	spec client.ScheduleSpec,
	action *client.ScheduleWorkflowAction,
	policies client.SchedulePolicies,
) (bool, error) {
	is, ok := now.Action.(*client.ScheduleWorkflowAction)
	if !ok || now.Spec == nil || now.Policy == nil || len(now.Spec.Intervals) != 1 || now.Spec.Intervals[0] != spec.Intervals[0] ||
		len(now.Spec.Calendars)+len(now.Spec.CronExpressions)+len(now.Spec.Skip) > 0 || *now.Policy != policies ||
		is.Workflow != action.Workflow || is.TaskQueue != action.TaskQueue ||
		is.WorkflowExecutionTimeout != action.WorkflowExecutionTimeout || len(is.Args) != 1 {
		return false, nil
	}
	argument, err := converter.GetDefaultDataConverter().ToPayload(action.Args[0])
	if err != nil {
		return false, err
	}
	said, ok := is.Args[0].(*commonpb.Payload)
	return ok && proto.Equal(said, argument), nil
}

// removeStale removes schedules of this task queue that no plan needs.
func (s scheduleSet) removeStale(ctx context.Context, wanted map[string]bool) error {
	all, err := s.client.List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return fmt.Errorf("list schedules: %w", err)
	}
	for all.HasNext() {
		each, err := all.Next()
		if err != nil {
			return fmt.Errorf("list schedules: %w", err)
		}
		cluster, ours := strings.CutPrefix(each.ID, s.scheduleID(""))
		if !ours || strings.Contains(cluster, "/") || each.WorkflowType.Name != workflowName || wanted[each.ID] {
			continue
		}
		var gone *serviceerror.NotFound
		if err := s.client.GetHandle(ctx, each.ID).Delete(ctx); err != nil && !errors.As(err, &gone) {
			return fmt.Errorf("remove schedule %s: %w", each.ID, err)
		}
		s.log.Info("schedule removed", "schedule", each.ID)
	}
	return nil
}
