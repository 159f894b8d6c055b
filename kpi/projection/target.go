package projection

import (
	"math"

	"zhibiao/kpi/indicator"
)

// Path is where a value would be k years after its base, on the way to target
// after n years: base·(target/base)^(k/n) when geometric and both are positive,
// else base + (target−base)·k/n (catalogue §5.10, vector V13). It is not
// clipped to 0…n. A path of no length is at its target.
func Path(base, target, k, n float64, geometric bool) float64 {
	switch {
	case n <= 0 || k == n: // k == n also spares the last bits of the power
		return target
	case geometric && base > 0 && target > 0:
		return base * math.Pow(target/base, k/n)
	}
	return base + (target-base)*k/n
}

// CAGR is the mean yearly growth from base to now over a number of intervals,
// from the endpoints only: (now/base)^(1/years) − 1, in per cent (catalogue
// §5.20, vectors V4 and V5). ok is false when base ≤ 0, now < 0 or years < 1.
func CAGR(base, now float64, years int) (g indicator.Percent, ok bool) {
	if base <= 0 || now < 0 || years < 1 {
		return 0, false
	}
	return percent((math.Pow(now/base, 1/float64(years)) - 1) * 100)
}

// RequiredGrowth is the growth a year, in per cent, that takes now to target in
// a number of years (vector V4). ok is false unless all three are positive.
func RequiredGrowth(now, target, years float64) (g indicator.Percent, ok bool) {
	if now <= 0 || target <= 0 || years <= 0 {
		return 0, false
	}
	return percent((math.Pow(target/now, 1/years) - 1) * 100)
}

// RequiredAfter is the growth a year, in per cent, that the rest of a plan of
// years needs for a mean of target when the first done years had a mean of
// sofar (vector V4: 9.1393 % over 3 of 5 years, target 12 % → 16.4323 %). ok is
// false when nothing of the plan is left or a rate is −100 % or below.
func RequiredAfter(sofar indicator.Percent, done float64, target indicator.Percent, years float64) (g indicator.Percent, ok bool) {
	have, want := 1+float64(sofar)/100, 1+float64(target)/100
	if done < 0 || done >= years || have <= 0 || want <= 0 {
		return 0, false
	}
	return RequiredGrowth(math.Pow(have, done), math.Pow(want, years), years-done)
}

// RequiredStep is what must be added a year, in the unit, to take now to target
// in a number of years. ok is false when no time is left.
func RequiredStep(now, target, years float64) (step float64, ok bool) {
	if years <= 0 || !indicator.Finite(target-now) {
		return 0, false
	}
	return (target - now) / years, true
}

// Completion is 水平完成率, x/target in per cent, not capped (catalogue §5.11,
// vector V12: 90.00). ok is false when the target is not positive: a ratio to
// zero, or to a target below it, says nothing. For an indicator that is to fall
// the caller swaps the two.
func Completion(x, target float64) (c indicator.Percent, ok bool) {
	if target <= 0 {
		return 0, false
	}
	return percent(x / target * 100)
}

// Progress is 进度完成率, (x−base)/(target−base) in per cent, not capped
// (catalogue §5.11, vector V12: 65.00). It holds for rising and falling targets
// alike. ok is false when target equals base.
func Progress(base, x, target float64) (c indicator.Percent, ok bool) {
	if target == base {
		return 0, false
	}
	return percent((x - base) / (target - base) * 100)
}

func percent(v float64) (indicator.Percent, bool) {
	return indicator.Percent(v), indicator.Finite(v)
}

// Budget sets good of valid days against a floor on the good days of a year of
// days, elapsed of which have passed (catalogue A28, §5.30, vector V8). A day
// without a valid measurement cannot count as good, so it uses up the budget,
// but it does not lower the rate. ok is false unless
// 0 ≤ good ≤ valid ≤ elapsed ≤ days and a day is valid.
func Budget(good, valid, elapsed, days, floor int) (b indicator.DayBudget, ok bool) {
	if good < 0 || good > valid || valid > elapsed || elapsed > days || valid == 0 {
		return indicator.DayBudget{}, false
	}
	allowed, used := days-floor, elapsed-good
	return indicator.DayBudget{
		Rate:     indicator.Percent(float64(good) / float64(valid) * 100),
		Allowed:  allowed,
		Used:     used,
		Left:     allowed - used,
		FullYear: LinearDays(float64(good), valid, days),
	}, true
}
