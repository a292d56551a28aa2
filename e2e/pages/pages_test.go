package pages

import (
	"testing"
)

func TestLook(t *testing.T) {
	p := prometheus(t)
	s := serve(t, "--prometheus-url", p)
	good := s.make(t, "Before the upgrade", "release 41", morning, map[string]any{"config": settings(t), "preset_name": "mid-scale"})
	s.post(t, "/profiles/"+good+"/baseline", nil, nil)
	bad := s.make(t, "After the upgrade", "release 42", afternoon, map[string]any{"config": settings(t, "persistence.maxConns=40", "persistence.maxIdleConns=40"), "preset_name": "mid-scale", "temporal_server_version": "1.32.1"})
	s.make(t, "Charges only", "", morning, map[string]any{"task_queue": "charges"})
	b := start(t, s.URL)
	b.open("/ui/")
	b.look("profiles")
	b.open("/ui/profiles/" + bad)
	b.look("profile")
	b.open("/ui/compare?a=" + good + "&b=" + bad)
	b.look("compare")
	b.open("/ui/clusters?cluster=eu-west-1&namespace=payments")
	b.look("clusters")
	b.open("/ui/profiles/new")
	b.look("create")
	b.open("/ui/profiles/" + bad + "/baseline")
	b.look("baseline")
	b.open("/ui/compile?preset=mid-scale&modifier=orchestrator&set.history.replicas=8&sdk=go&platform=helm")
	b.look("compile")
	b.open("/ui/parameters?q=partitions")
	b.look("parameters")
	b.open("/ui/parameters/dsql.connection_rate_limit?preset=mid-scale")
	b.look("parameter")
}
