// Package remedy names the remedies that depend on how a user reaches the profile service. The
// API and the command line each have their own wording.
package remedy

// Code identifies a remedy.
type Code string

// Codes.
const (
	ListProfiles    Code = "list_profiles"
	ListAssessments Code = "list_assessments"
	ExportProfile   Code = "export_profile"
	ImportUnknown   Code = "import_unknown"
	AllowPartial    Code = "allow_partial"
	SetBaseline     Code = "set_baseline"
	ReadParameters  Code = "read_parameters"
	RestoreProfile  Code = "restore_profile"
)

// API returns the remedy for clients of the API.
func (c Code) API() string { return wordings[c].api }

// CommandLine returns the remedy for users of the command line.
func (c Code) CommandLine() string { return wordings[c].commandLine }

// Codes returns every code.
func Codes() []Code {
	var all []Code
	for c := range wordings {
		all = append(all, c)
	}
	return all
}

var wordings = map[Code]struct{ api, commandLine string }{
	ListProfiles: {
		"list the profiles with GET /profiles",
		"list the profiles with temporal-dsql profile list",
	},
	ListAssessments: {
		"list the assessments with GET /assessments",
		"list the assessments with temporal-dsql assess list",
	},
	ExportProfile: {
		"send a profile as GET /profiles/{id} returns it",
		"use a file from temporal-dsql profile export",
	},
	ImportUnknown: {
		"upgrade this service to the release that exported the profile, or remove the field",
		"upgrade to the release that exported the profile, or remove the field",
	},
	AllowPartial: {
		"check that the cluster's Prometheus answers; allow_partial keeps the results of other queries",
		"check that the cluster's Prometheus answers; --allow-partial keeps the results of other queries",
	},
	SetBaseline: {
		"set this profile as the baseline with POST to the same address",
		"set the baseline with temporal-dsql profile baseline ID",
	},
	ReadParameters: {
		"see /openapi.json for the parameters of this operation",
		"see the command's --help for its arguments and flags",
	},
	RestoreProfile: {
		"restore the document from a backup, or delete the profile",
		"restore the document from a backup, or delete the profile with temporal-dsql profile delete",
	},
}
