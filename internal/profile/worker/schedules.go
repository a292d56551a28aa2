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

// schedules are those of one task queue: one a cluster. Who runs with the same
// configuration comes to the same ones.
type schedules struct {
	client client.ScheduleClient
	queue  string
	log    *slog.Logger
}

// id of a cluster's schedule. No cluster has a slash in its id, so that no other
// task queue's are taken for ours.
func (s schedules) id(cluster string) string { return s.queue + "/" + cluster }

// agree makes, changes and removes schedules until they are those of the plans.
// One that is paused stays so.
func (s schedules) agree(ctx context.Context, plans []assess.Plan) error {
	wanted := map[string]bool{}
	for _, p := range plans {
		wanted[s.id(p.ClusterID)] = true
		if err := s.put(ctx, orderOf(p)); err != nil {
			return fmt.Errorf("put the schedule %s: %w", s.id(p.ClusterID), err)
		}
	}
	return s.remove(ctx, wanted)
}

func (s schedules) put(ctx context.Context, o Order) error {
	id, spec, action, policies := s.id(o.ClusterID), spec(o), s.action(o), policies()
	_, err := s.client.Create(ctx, client.ScheduleOptions{
		ID: id, Spec: spec, Action: action, Overlap: policies.Overlap, CatchupWindow: policies.CatchupWindow,
		Note: "kept by temporal-dsql worker, as its configuration says",
	})
	if err == nil {
		s.log.Info("schedule made", "schedule", id)
		return nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	changed := false
	err = s.client.GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		now := in.Description.Schedule
		same, err := as(now, spec, action, policies)
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

// spec fires when a window is to be assessed: a while after each multiple of the
// interval. Temporal counts in seconds.
func spec(o Order) client.ScheduleSpec {
	late := (o.plan().Late() + time.Second - 1).Truncate(time.Second)
	return client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Duration(o.Every), Offset: late}}}
}

func (s schedules) action(o Order) *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID: s.id(o.ClusterID), Workflow: workflowName, Args: []any{o}, TaskQueue: s.queue,
		// each activity has its patience; three of them and what lies between
		WorkflowExecutionTimeout: 4 * patience,
	}
}

// policies: windows do not wait for each other, and one that was missed is
// assessed later, as long as that is worth it.
func policies() client.SchedulePolicies {
	return client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, CatchupWindow: patience}
}

// as reports whether a schedule is what it should be.
func as(now client.Schedule, spec client.ScheduleSpec, action *client.ScheduleWorkflowAction, policies client.SchedulePolicies) (bool, error) {
	is, ok := now.Action.(*client.ScheduleWorkflowAction)
	if !ok || now.Spec == nil || now.Policy == nil || len(now.Spec.Intervals) != 1 || now.Spec.Intervals[0] != spec.Intervals[0] ||
		len(now.Spec.Calendars)+len(now.Spec.CronExpressions)+len(now.Spec.Skip) > 0 || *now.Policy != policies ||
		is.Workflow != action.Workflow || is.TaskQueue != action.TaskQueue || is.WorkflowExecutionTimeout != action.WorkflowExecutionTimeout || len(is.Args) != 1 {
		return false, nil
	}
	argument, err := converter.GetDefaultDataConverter().ToPayload(action.Args[0])
	if err != nil {
		return false, err
	}
	said, ok := is.Args[0].(*commonpb.Payload)
	return ok && proto.Equal(said, argument), nil
}

// remove takes away those of our task queue that no plan asks for any more.
func (s schedules) remove(ctx context.Context, wanted map[string]bool) error {
	all, err := s.client.List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return fmt.Errorf("list schedules: %w", err)
	}
	for all.HasNext() {
		each, err := all.Next()
		if err != nil {
			return fmt.Errorf("list schedules: %w", err)
		}
		cluster, ours := strings.CutPrefix(each.ID, s.id(""))
		if !ours || strings.Contains(cluster, "/") || each.WorkflowType.Name != workflowName || wanted[each.ID] {
			continue
		}
		var gone *serviceerror.NotFound
		if err := s.client.GetHandle(ctx, each.ID).Delete(ctx); err != nil && !errors.As(err, &gone) {
			return fmt.Errorf("remove the schedule %s: %w", each.ID, err)
		}
		s.log.Info("schedule removed", "schedule", each.ID)
	}
	return nil
}
