package engines

// Classification is a class of parameters, with its meaning.
type Classification struct{ Name, Meaning string }

// Classifications lists the classifications in order, with their meaning.
var Classifications = []Classification{
	{"slo", "Requirements on the cluster."},
	{"topology", "Size of the cluster; can be chosen."},
	{"safety", "Derived; a wrong value breaks the cluster."},
	{"tuning", "Derived; affects performance."},
	{"", "Not in the registry."},
}
