package model

// Norm is a batch normalization with the statistics of the whole batch. Package
// runtime/stage says how they come about; offsets are those of the generated code.
type Norm struct {
	Layer string
	// Channels is the number of channels, Pitch the length of a row in
	// Whole.Shared, Pixels the values of a channel in one example.
	Channels, Pitch, Pixels int
	// Moments is the stage at whose end mean and variance are known, Sums the one
	// at whose end the sums of the gradient are, -1 when nothing needs them.
	Moments, Sums int
	// MomentsAt and SumsAt are where a shard keeps its part of both in Whole.Sums,
	// SharedAt is where rows begin in Whole.Shared.
	MomentsAt, SumsAt, SharedAt int
	// Gamma, Beta, Mean and Variance are places in the packed parameters, -1 for
	// none; the last two are the moving statistics.
	Gamma, Beta, Mean, Variance int
	Epsilon, Momentum           float64
}

// Whole is what a micro-batch knows of the whole batch, for networks that run in
// stages: each call of Worker.Step runs one stage, and all micro-batches of the
// batch finish it before any begins the next.
type Whole struct {
	Stage int
	// Resident is what this micro-batch keeps from stage to stage, of
	// Network.ResidentFloats, aligned to 64 bytes; Bits is the same memory.
	Resident []float32
	Bits     []byte
	// Sums are those of the shard, Network.SumFloats of them. Stages add to them.
	Sums []float64
	// Shared is what the batch said in the stages before, of Network.SharedFloats.
	Shared []float32
}
