// Command karpenter is Karpenter with its KWOK provider, which makes Node objects instead of machines, and a file that says
// which instance types are scarce or slow (shortage.go). `karpenter crds` prints the CRDs that it needs.
package main

import (
	"encoding/json"
	"os"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kwokapis "sigs.k8s.io/karpenter/kwok/apis"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/apis"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/overlay"
	"sigs.k8s.io/karpenter/pkg/controllers"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/operator"
)

func main() {
	var err error
	if slices.Equal(os.Args[1:], []string{"crds"}) {
		err = printCRDs()
	} else {
		err = run()
	}
	if err != nil {
		os.Stderr.WriteString("karpenter: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func printCRDs() error {
	return json.NewEncoder(os.Stdout).Encode(map[string][]*apiextensionsv1.CustomResourceDefinition{
		"items": slices.Concat(apis.CRDs, kwokapis.CRDs),
	})
}

// As Karpenter's own kwok/main.go, but for the wrappers around provider and client.
func run() error {
	ctx, op := operator.NewOperator()
	instanceTypes, err := kwok.ConstructInstanceTypes(ctx)
	if err != nil {
		return err
	}
	shortages := shortageFile(os.Getenv("SHORTAGES_FILE_PATH"))
	nodes := slowNodes{op.GetClient(), shortages}
	undecorated := shortProvider{kwok.NewCloudProvider(ctx, nodes, instanceTypes), shortages}
	provider := overlay.Decorate(undecorated, op.GetClient(), op.InstanceTypeStore)
	cluster := state.NewCluster(op.Clock, op.GetClient(), provider)
	op.WithControllers(ctx, controllers.NewControllers(
		ctx, op.Manager, op.Clock, op.GetClient(), op.EventRecorder, provider, undecorated, cluster, op.InstanceTypeStore,
	)...).Start(ctx)
	return nil
}
