package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

// shortageFile is the path of a file that is read at each use, so that a test may change it at any time. A line is
// `TYPE` or `TYPE MESSAGE` (no capacity; the message goes into Karpenter's event) or `TYPE slow=SECONDS` (capacity, whose
// node registers late). No path and no file mean that nothing is short.
type shortageFile string

type shortage struct {
	message string
	delay   time.Duration
}

func (f shortageFile) read() (map[string]shortage, error) {
	shortages := map[string]shortage{}
	content, err := os.ReadFile(string(f))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(content)) {
		instanceType, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if seconds, isSlow := strings.CutPrefix(rest, "slow="); isSlow {
			number, err := strconv.ParseFloat(seconds, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %q: %w", f, line, err)
			}
			shortages[instanceType] = shortage{delay: time.Duration(number * float64(time.Second))}
		} else if rest != "" {
			shortages[instanceType] = shortage{message: rest}
		} else if instanceType != "" {
			shortages[instanceType] = shortage{message: "no capacity for instance type " + instanceType}
		}
	}
	return shortages, nil
}

// shortProvider takes scarce instance types out of a claim before the KWOK provider chooses one. A claim of which nothing
// is left is refused as a cloud refuses it: Karpenter then deletes the claim and leaves an event. It also completes the
// capacity, in which the KWOK provider puts only what the claim requests.
type shortProvider struct {
	cloudprovider.CloudProvider
	shortages shortageFile
}

func (p shortProvider) Create(ctx context.Context, claim *v1.NodeClaim) (*v1.NodeClaim, error) {
	shortages, err := p.shortages.read()
	if err != nil {
		return nil, err
	}
	claim = claim.DeepCopy()
	for i := range claim.Spec.Requirements {
		requirement := &claim.Spec.Requirements[i]
		if requirement.Key != corev1.LabelInstanceTypeStable {
			continue
		}
		var left, refusals []string
		for _, instanceType := range requirement.Values {
			if message := shortages[instanceType].message; message != "" {
				refusals = append(refusals, message)
			} else {
				left = append(left, instanceType)
			}
		}
		if len(left) == 0 {
			return nil, cloudprovider.NewInsufficientCapacityError(errors.New(strings.Join(refusals, "; ")))
		}
		requirement.Values = left
	}
	created, err := p.CloudProvider.Create(ctx, claim)
	if err == nil {
		created.Status.Capacity = maps.Clone(created.Status.Allocatable)
	}
	return created, err
}

// slowNodes is the client with which the KWOK provider creates its Nodes, in a goroutine of their own. It delays the Nodes
// of slow instance types, and completes their capacity as well.
type slowNodes struct {
	client.Client
	shortages shortageFile
}

func (c slowNodes) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	node, isNode := object.(*corev1.Node)
	if !isNode {
		return c.Client.Create(ctx, object, options...)
	}
	shortages, err := c.shortages.read()
	if err != nil {
		return err
	}
	time.Sleep(shortages[node.Labels[corev1.LabelInstanceTypeStable]].delay)
	// The provider goes on reading the Node that it has handed over.
	node = node.DeepCopy()
	node.Status.Capacity = maps.Clone(node.Status.Allocatable)
	return c.Client.Create(ctx, node, options...)
}
