package check

import (
	"path"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
)

const needed = "settings: {APP_BASE_URL: https://auth.example.com, SMTP_HOST: mail.example.com}\n"

// render does what helm template does, with helm's own engine.
func render(t *testing.T, values string) (files map[string]string, err error) {
	t.Helper()
	chart, err := loader.LoadDir("../helm/latchkey")
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, given, chartutil.ReleaseOptions{Name: "auth", Namespace: "people"}, nil)
	if err != nil {
		return nil, err
	}
	rendered, err := engine.Render(chart, all)
	files = map[string]string{}
	for name, text := range rendered {
		if strings.TrimSpace(text) != "" {
			files[path.Base(name)] = text
		}
	}
	return files, err
}

// deployed is what a set of values makes, read as Kubernetes reads it: a field
// that it does not know is an error.
type deployed struct {
	workload apps.Deployment
	service  core.Service
	budget   *policy.PodDisruptionBudget
	ingress  *networking.Ingress
	claim    *core.PersistentVolumeClaim
}

func deploy(t *testing.T, values string) (d deployed) {
	t.Helper()
	files, err := render(t, values)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, files["deployment.yaml"], &d.workload)
	decode(t, files["service.yaml"], &d.service)
	if text := files["pdb.yaml"]; text != "" {
		decode(t, text, &d.budget)
	}
	if text := files["ingress.yaml"]; text != "" {
		decode(t, text, &d.ingress)
	}
	if text := files["pvc.yaml"]; text != "" {
		decode(t, text, &d.claim)
	}
	return d
}

func TestChart(t *testing.T) {
	d := deploy(t, needed+"drainSeconds: 45\n")
	pod := d.workload.Spec.Template
	c := pod.Spec.Containers[0]
	known := settings(t)
	env := map[string]core.EnvVar{}
	for _, e := range c.Env {
		if !known[e.Name] {
			t.Errorf("%s is no setting", e.Name)
		}
		if _, twice := env[e.Name]; twice {
			t.Errorf("%s is set twice", e.Name)
		}
		env[e.Name] = e
	}
	if got := env["DRAIN_DELAY"].Value; got != "45s" {
		t.Errorf("DRAIN_DELAY is %s", got)
	}
	if grace := *pod.Spec.TerminationGracePeriodSeconds; grace < 45+20 {
		t.Errorf("a pod has %d s to end: less than DRAIN_DELAY and the 20 s of requests under way", grace)
	}
	if from := env["DATABASE_URL"].ValueFrom; from == nil || from.SecretKeyRef.Name != "latchkey-urls" {
		t.Errorf("DATABASE_URL is not taken from a Secret: %+v", env["DATABASE_URL"])
	}
	if path.Dir(env["LATCHKEY_SECRET_FILE"].Value) != c.VolumeMounts[0].MountPath || pod.Spec.Volumes[0].Secret.Items[0].Path != path.Base(env["LATCHKEY_SECRET_FILE"].Value) {
		t.Error("the master key is not where LATCHKEY_SECRET_FILE says")
	}
	for name, p := range map[string]*core.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if p.HTTPGet.Path != name || p.HTTPGet.Port.StrVal != c.Ports[0].Name {
			t.Errorf("%s: got %+v", name, p.HTTPGet)
		}
	}
	if u := d.workload.Spec.Strategy.RollingUpdate; u.MaxUnavailable.IntValue() != 0 {
		t.Errorf("a roll-out takes away %v pods", u.MaxUnavailable)
	}
	if s := c.SecurityContext; !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !*pod.Spec.SecurityContext.RunAsNonRoot {
		t.Errorf("got %+v", s)
	}
	if *d.workload.Spec.Replicas != 3 || d.budget == nil || d.ingress != nil || d.claim != nil {
		t.Errorf("got %d replicas, %v, %v, %v", *d.workload.Spec.Replicas, d.budget, d.ingress, d.claim)
	}
	for name, selector := range map[string]map[string]string{
		"deployment": d.workload.Spec.Selector.MatchLabels, "service": d.service.Spec.Selector, "budget": d.budget.Spec.Selector.MatchLabels,
	} {
		for label, value := range selector {
			if pod.Labels[label] != value || len(selector) != 2 {
				t.Errorf("%s: selects %v of pods with %v", name, selector, pod.Labels)
			}
		}
	}
}

func TestChartOnSQLite(t *testing.T) {
	d := deploy(t, needed+"replicas: 1\npersistence: {enabled: true, storageClass: fast}\nsecretSettings: {DATABASE_URL: null, REDIS_URL: null}\n")
	if d.claim == nil || d.budget != nil || d.workload.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		t.Errorf("got %v, %v, %s: want a volume and never two pods on it", d.claim, d.budget, d.workload.Spec.Strategy.Type)
	}
	env := d.workload.Spec.Template.Spec.Containers[0].Env
	if slices.ContainsFunc(env, func(e core.EnvVar) bool { return e.Name == "DATABASE_URL" }) {
		t.Error("DATABASE_URL is set")
	}
	if claim := d.workload.Spec.Template.Spec.Volumes[1].PersistentVolumeClaim; claim == nil || claim.ClaimName != d.claim.Name {
		t.Errorf("got %v, want the claim %s", claim, d.claim.Name)
	}
}

func TestChartIngress(t *testing.T) {
	d := deploy(t, needed+"ingress: {enabled: true, host: auth.example.com, className: nginx, tlsSecret: auth-tls, annotations: {a: b}}\nnodeSelector: {disk: ssd}\n")
	rule := d.ingress.Spec.Rules[0]
	if rule.Host != "auth.example.com" || rule.HTTP.Paths[0].Backend.Service.Name != d.service.Name || d.ingress.Spec.TLS[0].SecretName != "auth-tls" {
		t.Errorf("got %+v", d.ingress.Spec)
	}
}

func TestChartRefuses(t *testing.T) {
	for name, c := range map[string]struct{ values, want string }{
		"no address":                     {"settings: {SMTP_HOST: m}", "APP_BASE_URL"},
		"a secret in the open":           {"settings: {APP_BASE_URL: a, SMTP_HOST: m, SMTP_PASS: c4n4ry}", "SMTP_PASS"},
		"a name that is no setting's":    {"settings: {APP_BASE_URL: a, SMTP_HOST: m, smtp-port: 1}", "smtp-port"},
		"a value that there is not":      {needed + "replicaCount: 3", "replicaCount"},
		"two instances on one file":      {needed + "replicas: 2\npersistence: {enabled: true}", "set replicas to 1"},
		"nowhere to keep anything":       {needed + "secretSettings: {DATABASE_URL: null}", "nothing would be kept"},
		"a drain longer than is allowed": {needed + "drainSeconds: 301", "drainSeconds"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := render(t, c.values); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that says %q", err, c.want)
			}
		})
	}
}
