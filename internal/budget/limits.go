package budget

import "time"

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Limits of one configuration: of a request to the service, or of one file that
// the command line reads.
var (
	ConfigFiles = Limit{
		Name: "configuration files in one request", Most: 100,
		Why:    "four services with a handful of files each; each file is parsed separately",
		Remedy: "send the files of one cluster, and join env files of the same service",
	}
	ConfigFile = Limit{
		Name: "bytes of one configuration file", Most: 4 * mib,
		Why:    "a large configuration is some 300 KB",
		Remedy: "a configuration is smaller: check that it is the right file",
	}
	ConfigValues = Limit{
		Name: "configuration values, with aliases and extended services counted each time", Most: 200_000,
		Why:    "a value costs up to 1 KB while a Compose project is loaded",
		Remedy: "split the configuration, or use fewer aliases",
	}
	ConfigText = Limit{
		Name: "bytes of configuration values, with variables and aliases filled in", Most: 16 * mib,
		Why:    "four times the largest file; a value that refers to others grows with each reference",
		Remedy: "shorten the values that others refer to",
	}
	ConfigSettings = Limit{
		Name: "settings in one configuration", Most: 2_000,
		Why:    "a server has some 700 keys; 2,000 take 230 to 600 MB and up to 14 s",
		Remedy: "a configuration has fewer settings: check that these are the right files",
	}
	SettingValues = Limit{
		Name: "values in all settings of a configuration, with lists and mappings counted item by item", Most: 5_000,
		Why:    "some have a list or constraints; the cost of a list grows with its square, and one of 5,000 items takes 2 s",
		Remedy: "shorten the lists and mappings in the configuration",
	}
	ConfigDocuments = Limit{
		Name: "documents in one configuration file", Most: 2_000,
		Why:    "a rendered chart has a few hundred at most; 2,000 empty ones take some 40 MB",
		Remedy: "send the resources of one cluster",
	}
	ConfigDepth = Limit{
		Name: "levels of nesting in a JSON configuration", Most: 200,
		Why:    "a task definition has some ten",
		Remedy: "check that it is the right file",
	}
	ComposeFiles = Limit{
		Name: "Compose files that one file refers to, directly and indirectly", Most: 100,
		Why:    "each file is parsed, and a project has a handful",
		Remedy: "split the project",
	}
	ComposeDepth = Limit{
		Name: "levels of nesting in a Compose file, with aliases expanded", Most: 64,
		Why:    "Compose's own fields have some ten; the path to a value is as long as it is deep",
		Remedy: "use fewer aliases",
	}
	VariableBytes = Limit{
		Name: "bytes of an environment variable, with others filled in", Most: 128 * kib,
		Why:    "Linux allows no more for one variable",
		Remedy: "shorten the value",
	}
	VariableReferences = Limit{
		Name: "variables that one value refers to", Most: 100,
		Why:    "each default can contain the rest, so the cost grows with the square",
		Remedy: "shorten the value",
	}
	LintServices = Limit{
		Name: "services for which lint evaluates guard rails separately", Most: 16,
		Why:    "a cluster has four",
		Remedy: "lint the files of one cluster",
	}
	LintPlaces = Limit{
		Name: "namespaces and task queues for which lint evaluates guard rails", Most: 500,
		Why:    "each takes a separate evaluation; lint names the first one that it leaves out",
		Remedy: "compile the deployment that migrate writes, which checks any number",
	}
	ComparedPlaces = Limit{
		Name: "values of namespaces and task queues that lint compares with those of other keys", Most: 150,
		Why:    "each takes some MB of memory; lint names the first one that it leaves out",
		Remedy: "lint the values of the other namespaces and task queues in another file",
	}
	ConflictingValues = Limit{
		Name: "values of one key that lint compares with each other", Most: 8,
		Why:    "the cost grows with the square; lint names the first one that it leaves out",
		Remedy: "correct those that lint names, and lint again",
	}
	SetValues = Limit{
		Name: "fields and items that the names of Helm parameters build", Most: 10_000,
		Why:    "a short name with a large index builds all the items before it; lint names the first one that it leaves out",
		Remedy: "write them as values",
	}
	KustomizeFiles = Limit{
		Name: "files that one kustomization is rendered from", Most: 200,
		Why:    "a cluster has some ten; lint names the first one that it leaves out",
		Remedy: "pass the output of kustomize build",
	}
	BrokenFiles = Limit{
		Name: "readings of a Compose project, each without the files that those before it could not read", Most: 16,
		Why:    "one leaves out all files that are not valid; after the last, the project's own file is read alone",
		Remedy: "correct those that are reported, and check again",
	}
	MigratePlaces = Limit{
		Name: "values of namespaces and task queues for which migrate evaluates guard rails", Most: 100,
		Why:    "each costs some 10 ms; migrate names the first one that it leaves out",
		Remedy: "compile the deployment that migrate writes, which checks any number",
	}
)

// A Configuration keeps account of one configuration that is read.
type Configuration struct {
	Files, Values, Text, Settings, SettingValues *Meter
}

// NewConfiguration returns an account with nothing spent.
func NewConfiguration() *Configuration {
	return &Configuration{ConfigFiles.Meter(), ConfigValues.Meter(), ConfigText.Meter(), ConfigSettings.Meter(), SettingValues.Meter()}
}

const importExport = "import a profile as GET /profiles/{id} gives it"

// Limits of one behaviour profile, the same for one that is made and one that is imported.
var (
	ProfileBytes = Limit{
		Name: "bytes of a behaviour profile as JSON", Most: 16 * mib,
		Why:    "a full profile is some 400 KB",
		Remedy: importExport,
	}
	JSONValues = Limit{
		Name: "values in a JSON document, with each point of a series counted", Most: 500_000,
		Why:    "500 summaries of 240 points with three values each are 360,000; the rest is for the configuration",
		Remedy: "send a document as temporal-dsql writes it",
	}
	JSONDepth = Limit{
		Name: "levels of nesting in a JSON document", Most: 64,
		Why:    "a profile has some ten; the path to a value is as long as it is deep",
		Remedy: "send a document as temporal-dsql writes it",
	}
	ProfileSummaries = Limit{
		Name: "summaries in a behaviour profile", Most: 500,
		Why:    "the catalogue has some 60 metrics, and a metric that is split by service has one summary for each",
		Remedy: "narrow the cluster with prometheus.matchers",
	}
)

// Limits of a profile that is imported, counted while it is read.
var (
	ImportedText = Limit{
		Name: "bytes of names and texts in an imported profile", Most: 4 * mib,
		Why:    "they are searched for secrets, 4 MiB for up to 20 s; a large configuration is some 300 KB",
		Remedy: importExport,
	}
	SnapshotValues = Limit{
		Name: "values in the configuration of an imported profile", Most: 60_000,
		Why:    "each is searched for secrets, 60,000 for some 4 s; the largest configuration has some 35,000",
		Remedy: importExport,
	}
	CollectionValues = Limit{
		Name: "values in the notes on the collection of an imported profile", Most: 5_000,
		Why:    "each is searched for secrets; a query that failed has one note, and a profile has 500 summaries",
		Remedy: importExport,
	}
)

// Limits of one request to the service.
var (
	RequestBody = Limit{
		Name: "bytes of the body of a request, unless limits.body in the configuration says otherwise", Most: mib,
		Why:    "a large configuration is some 300 KB; an import has the limit of a profile",
		Remedy: "raise limits.body",
	}
	RequestHeaders = Limit{
		Name: "bytes of the headers of a request", Most: 64 * kib,
		Why:    "a token is less than 4 KB, and proxies refuse more than 64 KiB",
		Remedy: "send fewer headers",
	}
	FormBytes = Limit{
		Name: "bytes of a form of the web pages", Most: 256 * kib,
		Why:    "the largest form has some ten fields",
		Remedy: "send it again from the page",
	}
	RequestsAtOnce = Limit{
		Name: "requests at a time, unless limits.concurrent in the configuration says otherwise", Most: 256,
		Why:    "those beyond are rejected with Retry-After",
		Remedy: "raise limits.concurrent",
	}
	CreationsAtOnce = Limit{
		Name: "profiles of one cluster that are created at a time, unless limits.creates in the configuration says otherwise", Most: 4,
		Why:    "each reads some 60 metrics from the cluster's Prometheus",
		Remedy: "raise limits.creates",
	}
	PathBytes = Limit{
		Name: "bytes of the path of a request", Most: 2 * kib,
		Why:    "a key of a request has up to 255 characters, and a parameter's name up to 100",
		Remedy: "use a path that /openapi.json or the pages name",
	}
	SearchText = Limit{
		Name: "bytes of a text to search for", Most: 512,
		Why:    "each word is searched for in 1,500 descriptions",
		Remedy: "search for fewer words",
	}
	SuggestedName = Limit{
		Name: "bytes of a name for which a similar one is suggested", Most: 256,
		Why:    "the time to compare grows with the product of both lengths, for each known name",
		Remedy: "use a name from the list",
	}
	SuggestedPaths = Limit{
		Name: "files of a folder among which a similar one is suggested", Most: 2_000,
		Why:    "each name is compared, and a folder of configuration has a few dozen",
		Remedy: "name a file that exists",
	}
	CreationSeconds = Limit{
		Name: "seconds to create a profile", Most: 180,
		Why:    "a window of 24 hours takes some 10 s, which leaves time for retries if Prometheus is slow",
		Remedy: "check that Prometheus and the sources of the configuration answer",
	}
	Imports = Limit{
		Name: "imports at a time", Most: 2,
		Why:    "the largest takes some 100 MB while it is read",
		Remedy: "send it again in a moment",
	}
	UnreadBody = Limit{
		Name: "bytes of the body of a refused request, read and dropped", Most: 32 * mib,
		Why:    "a client that is still sending reads the response only if its connection is not reset; twice the largest profile",
		Remedy: "wait for the response before sending the body, with Expect: 100-continue",
	}
	UnreadSeconds = Limit{
		Name: "seconds in which the body of a refused request is read", Most: 10,
		Why:    "the largest profile takes 1.3 s at 100 Mbit/s",
		Remedy: "wait for the response before sending the body, with Expect: 100-continue",
	}
	ServiceMemory = Limit{
		Name: "bytes of memory above which serve collects garbage without pause, or 80 % of the container's", Most: 1536 * mib,
		Why:    "engines of the compile page stay in memory from 1 GiB on; GOMEMLIMIT overrides it",
		Remedy: "set GOMEMLIMIT",
	}
)

// Limits of CUE and Rego of the user, and of the user's own adapters.
var (
	EvaluationMemory = Limit{
		Name: "bytes of memory of a command that evaluates CUE or Rego, or 80 % of what is available", Most: 4096 * mib,
		Why:    "a gate takes 150 MB for each core, and a CI machine has 7 GB; GOMEMLIMIT overrides it",
		Remedy: "look for large comprehensions and ranges, or raise GOMEMLIMIT",
	}
	EvaluationSeconds = Limit{
		Name: "seconds of a command that evaluates CUE or Rego, unless --timeout says otherwise", Most: 600,
		Why:    "a gate over 200 deployments takes some 6 s",
		Remedy: "look for large comprehensions and ranges, or raise --timeout",
	}
	PolicyNumber = Limit{
		Name: "digits of a number in a call of a policy", Most: 100_000,
		Why:    "a shift by 10^11 bits alone takes 12 GB, at once; the largest float has 308 digits",
		Remedy: "use smaller numbers",
	}
	ShiftBits = Limit{
		Name: "bits that a call in CUE shifts by", Most: 100_000,
		Why:    "a shift by 10^11 bits alone takes 12 GB, at once; no parameter has more than 64",
		Remedy: "shift by fewer bits",
	}
	PolicyText = Limit{
		Name: "bytes of text that a call of a policy builds", Most: 64 * mib,
		Why:    "it is allocated at once; a message is less than 1 KB, and a profile 100 KB",
		Remedy: "join fewer texts",
	}
	AdapterSeconds = Limit{
		Name: "seconds of an external adapter", Most: 30,
		Why:    "an adapter writes text; one that waits for something never ends",
		Remedy: "run the adapter by itself, with profile.json on its standard input",
	}
	AdapterOutput = Limit{
		Name: "bytes of the output of an external adapter", Most: 16 * mib,
		Why:    "all files of a compile, with every adapter, are some 200 KB together",
		Remedy: "run the adapter by itself, with profile.json on its standard input",
	}
)

// Limits of answers over the network.
var (
	SeriesOfMetric = Limit{
		Name: "series for one metric", Most: 100,
		Why:    "a metric has at most one series for each service: the cluster's four, and the workers",
		Remedy: "narrow the cluster with prometheus.matchers",
	}
	SeriesBytes = Limit{
		Name: "bytes of a series without its points", Most: 4 * kib,
		Why:    "a label, a metric name and JSON around them; names are 1,000 bytes at most",
		Remedy: "narrow the cluster with prometheus.matchers",
	}
	PointBytes = Limit{
		Name: "bytes of a point", Most: 64,
		Why:    "a time of 14 characters and a number of up to 24, with JSON around them",
		Remedy: "narrow the cluster with prometheus.matchers",
	}
	AnswerMargin = Limit{
		Name: "bytes of a response besides its series", Most: 256 * kib,
		Why:    "warnings, statistics, and the error page of a proxy",
		Remedy: "check the URL of Prometheus",
	}
	AnswerHeaders = Limit{
		Name: "bytes of the headers of a response", Most: 256 * kib,
		Why:    "proxies refuse more than 64 KiB",
		Remedy: "check the URL of the server",
	}
	CloudAnswer = Limit{
		Name: "bytes of a response from AWS", Most: 64 * mib,
		Why:    "the largest one is a stored document",
		Remedy: "check the endpoint that AWS_ENDPOINT_URL or the AWS configuration names",
	}
	CloudText = Limit{
		Name: "bytes of a response from AWS besides objects", Most: 16 * mib,
		Why:    "a page of CloudWatch has up to 100,800 samples, one of S3 1,000 keys of at most 1 KiB",
		Remedy: "check the endpoint that AWS_ENDPOINT_URL or the AWS configuration names",
	}
	CloudError = Limit{
		Name: "bytes of an error from AWS", Most: mib,
		Why:    "an error is less than 4 KiB, and the page of a proxy less than 256 KiB",
		Remedy: "check the endpoint that AWS_ENDPOINT_URL or the AWS configuration names",
	}
	XMLDepth = Limit{
		Name: "levels of nesting in an XML response", Most: 10_000,
		Why:    "S3 and STS use less than ten, and the page of a proxy less than 1,000; a decoder keeps 100 B for each",
		Remedy: "check the endpoint that AWS_ENDPOINT_URL or the AWS configuration names",
	}
	CloudPages = Limit{
		Name: "pages of a response from CloudWatch", Most: 100,
		Why:    "a page has up to 100,800 samples, and a window has at most 240 of each metric",
		Remedy: "check the endpoint that the configuration names",
	}
	DatabaseMessage = Limit{
		Name: "bytes of a message from the database", Most: 16 * mib,
		Why:    "a row of DSQL is at most 2 MiB",
		Remedy: "check the address of the database",
	}
	DatabaseAnswer = Limit{
		Name: "bytes of a response from the database", Most: 64 * mib,
		Why:    "the largest one, a part of all assessments, takes some 300 B for each",
		Remedy: "check the address of the database",
	}
	IssuerAnswer = Limit{
		Name: "bytes of a response from the OIDC issuer", Most: mib,
		Why:    "a discovery document is 3 KB, a key 2 KB",
		Remedy: "check the URL of the issuer",
	}
	ServiceAnswer = Limit{
		Name: "bytes of a response from the profile service", Most: 64 * mib,
		Why:    "four times the largest profile: a comparison quotes both sides",
		Remedy: "check the URL of the service",
	}
)

// Limits of files that a flag or a configuration names.
var (
	TokensFile = Limit{
		Name: "bytes of a file of tokens", Most: mib,
		Why:    "a line is some 100 bytes: 10,000 tokens",
		Remedy: "name a file with the lines that temporal-dsql token new prints",
	}
	SecretFile = Limit{
		Name: "bytes of a file with a token or key", Most: 64 * kib,
		Why:    "an API key or a token is less than 4 KB",
		Remedy: "name a file that holds the token or key and nothing else",
	}
	CertificateFile = Limit{
		Name: "bytes of a file of certificates", Most: 4 * mib,
		Why:    "the bundle of a Linux distribution is 250 KB",
		Remedy: "name a file of PEM certificates",
	}
	PlainFile = Limit{
		Name: "bytes of one file of plain values", Most: mib,
		Why:    "a deployment in YAML is less than 10 KB",
		Remedy: "check that it is the right file",
	}
	SourceFile = Limit{
		Name: "bytes of one CUE or Rego file, or written artefact", Most: 16 * mib,
		Why:    "the largest of ours is 1 MB",
		Remedy: "check that it is the right file",
	}
	EmbeddedFiles = Limit{
		Name: "bytes of the files that one @embed in CUE reads", Most: 16 * mib,
		Why:    "CUE reads them at once, and needs more than ten times their size",
		Remedy: "embed the part that is used",
	}
	StoredDocument = Limit{
		Name: "bytes of a stored document", Most: 64 * mib,
		Why:    "the most that earlier releases stored, before compression",
		Remedy: "restore the document from a backup",
	}
)

// Duration returns a limit that counts seconds.
func (l Limit) Duration() time.Duration { return time.Duration(l.Most) * time.Second }

// All returns every limit, in the order of the documentation.
func All() []Limit {
	return []Limit{
		ConfigFiles,
		ConfigFile,
		ConfigValues,
		ConfigText,
		ConfigSettings,
		SettingValues,
		ConfigDocuments,
		ConfigDepth,
		ComposeFiles,
		ComposeDepth,
		VariableBytes,
		VariableReferences,
		LintServices,
		LintPlaces,
		ComparedPlaces,
		ConflictingValues,
		SetValues,
		KustomizeFiles,
		BrokenFiles,
		MigratePlaces,
		ProfileBytes,
		JSONValues,
		JSONDepth,
		ProfileSummaries,
		ImportedText,
		SnapshotValues,
		CollectionValues,
		RequestBody,
		RequestHeaders,
		RequestsAtOnce,
		CreationsAtOnce,
		FormBytes,
		PathBytes,
		SearchText,
		SuggestedName,
		SuggestedPaths,
		CreationSeconds,
		Imports,
		UnreadBody,
		UnreadSeconds,
		ServiceMemory,
		EvaluationMemory,
		EvaluationSeconds,
		PolicyNumber,
		ShiftBits,
		PolicyText,
		AdapterSeconds,
		AdapterOutput,
		SeriesOfMetric,
		SeriesBytes,
		PointBytes,
		AnswerMargin,
		AnswerHeaders,
		CloudAnswer,
		CloudText,
		CloudError,
		XMLDepth,
		CloudPages,
		DatabaseMessage,
		DatabaseAnswer,
		IssuerAnswer,
		ServiceAnswer,
		TokensFile,
		SecretFile,
		CertificateFile,
		PlainFile,
		SourceFile,
		EmbeddedFiles,
		StoredDocument,
	}
}
