package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/period"
)

// An Occasion is why an alert is told on a night.
type Occasion string

// The occasions, in the order in which they are told.
const (
	Rose     Occasion = "rose"     // 升级: its level is above the one that was told
	Relapsed Occasion = "relapsed" // 反复: broken again while it was recovering
	Began    Occasion = "began"    // 新增
	Unmuted  Occasion = "unmuted"  // 静默期满: it still fires after its silence
	Lasts    Occasion = "lasts"    // 持续: broken in one more own period, and nobody has it in hand
	Ended    Occasion = "ended"    // 解除
)

var occasions = [...]Occasion{Rose, Relapsed, Began, Unmuted, Lasts, Ended}

// Name is the Chinese word.
func (o Occasion) Name() string {
	switch o {
	case Rose:
		return "升级"
	case Relapsed:
		return "反复"
	case Began:
		return "新增"
	case Unmuted:
		return "静默期满"
	case Lasts:
		return "持续"
	case Ended:
		return "解除"
	}
	return ""
}

// A Telling is what was last told of an episode.
type Telling struct {
	Episode string    `json:"episode"`
	State   State     `json:"state"`
	Level   string    `json:"level"`
	Broken  int       `json:"broken"` // own periods in which it was broken by then
	At      time.Time `json:"at"`
}

// A Standing is an episode that was raised once: how it stands, and what is done
// about it.
type Standing struct {
	Alert Alert
	Case  Case
	Ended time.Time // when it ceased to be open; zero while it is
}

// A Tiding is an alert that is told, and why.
type Tiding struct {
	Alert
	Occasion Occasion `json:"occasion"`
	From     string   `json:"from,omitempty"` // the level that was told before, when it rose
}

// News is what there is to tell on a night, and how much is held back. Every
// alert in force is counted once: among Items, Silenced, Claimed, Inhibited or
// Known.
type News struct {
	Items []Tiding `json:"items"`
	// Closed ended while they were silenced: they are told with the next news, but
	// are no news themselves.
	Closed    []Tiding `json:"closed,omitempty"`
	Silenced  int      `json:"silenced"`  // 静默中
	Claimed   int      `json:"claimed"`   // 已认领, and not worse than was told
	Inhibited int      `json:"inhibited"` // another alert says it already
	Known     int      `json:"known"`     // told, and as it was
}

// Tell decides what is told at a time, by what was told before. It is pure: told
// again what it has said, it has no news.
//
// An episode is told when it begins, when its level rises or it is broken again
// while recovering, once more for every own period in which it is broken, and
// when it ends. A silenced one is not told whatever happens; when the silence is
// over and it still fires, it is. One that somebody has in hand is not told for
// lasting, nor for the end of its silence. An inhibited one is not told, nor is
// the end of what was never told. Recovering is not told: it may not last.
func Tell(all []Standing, told map[string]Telling, now time.Time, add func(time.Time, int) time.Time) *News {
	n := &News{}
	for i := range all {
		s := &all[i]
		t, known := told[s.Alert.Episode]
		n.add(s, t, known, now, add)
	}
	order := func(a, b Tiding) int {
		return cmp.Or(
			slices.Index(occasions[:], a.Occasion)-slices.Index(occasions[:], b.Occasion), rank(b.Level)-rank(a.Level),
			a.key().compare(b.key()), strings.Compare(a.Episode, b.Episode),
		)
	}
	slices.SortFunc(n.Items, order)
	slices.SortFunc(n.Closed, order)
	return n
}

func (n *News) add(s *Standing, t Telling, known bool, now time.Time, add func(time.Time, int) time.Time) {
	a := &s.Alert
	silent := s.Case.Quiet(now)
	taken := s.Case.Acknowledged(a.State, now, add)
	tell := func(o Occasion) { n.Items = append(n.Items, Tiding{Alert: *a, Occasion: o}) }
	// lifted: a silence has ended since it was told last.
	lifted := !s.Case.Silenced.IsZero() && t.At.Before(s.Case.Silenced)
	switch {
	case !a.State.Open():
		n.end(s, t, known)
	case !a.State.Raised(): // a correction withdrew it, and it is only watched
	case a.InhibitedBy != "":
		n.Inhibited++
	case silent:
		n.Silenced++
	case !known && lifted:
		tell(Unmuted)
	case !known:
		tell(Began)
	case rank(a.Level) > rank(t.Level):
		tell(Rose)
		n.Items[len(n.Items)-1].From = t.Level
	case a.State == Firing && a.Before.State == Recovering && a.Broken > t.Broken:
		tell(Relapsed)
	case taken:
		n.Claimed++
	case a.State == Firing && lifted:
		tell(Unmuted)
	case a.State == Firing && a.Broken > t.Broken:
		tell(Lasts)
	default:
		n.Known++
	}
}

// end tells the end of an episode once, if its beginning was told. Of one that
// ended while it was silenced, it is told with other news.
func (n *News) end(s *Standing, t Telling, known bool) {
	it := Tiding{Alert: s.Alert, Occasion: Ended}
	switch quiet := s.Case.Quiet(s.Ended); {
	case known && !t.State.Raised(): // its end was told
	case quiet:
		n.Closed = append(n.Closed, it)
	case known:
		n.Items = append(n.Items, it)
	}
}

// Empty reports whether there is nothing to tell: then no message is sent.
func (n *News) Empty() bool { return len(n.Items) == 0 }

// Tellings are what is to be remembered when the news has been told.
func (n *News) Tellings(at time.Time) []Telling {
	var list []Telling
	for _, it := range slices.Concat(n.Items, n.Closed) {
		list = append(list, Telling{Episode: it.Episode, State: it.State, Level: it.Level, Broken: it.Broken, At: at.UTC()})
	}
	return list
}

// Title is the news in one line: 预警变动（2026年9月）：升级1项、新增2项.
func (n *News) Title(p period.Period) string {
	return "预警变动（" + p.Name() + "）：" + n.tally()
}

// Held is how much was not told, in words.
func (n *News) Held() string {
	s := fmt.Sprintf("静默中%d项，已认领%d项", n.Silenced, n.Claimed)
	if n.Inhibited > 0 {
		s += fmt.Sprintf("，由其他预警说明的%d项", n.Inhibited)
	}
	if n.Known > 0 {
		s += fmt.Sprintf("，已通报、没有新变化的%d项", n.Known)
	}
	return s + "，不另行通报。"
}

// Lines are the news as a message says it. What was held back stands first: a
// robot cuts a long message off at its end.
func (n *News) Lines() []string {
	lines := []string{n.tally() + "。" + n.Held()}
	for i := range n.Items {
		lines = append(lines, n.Items[i].line())
	}
	if len(n.Closed) > 0 {
		names := make([]string, len(n.Closed))
		for i := range n.Closed {
			names[i] = n.Closed[i].subject()
		}
		lines = append(lines, "静默期间解除："+strings.Join(names, "、")+"。")
	}
	return lines
}

// tally counts the items by occasion, in their order.
func (n *News) tally() string {
	var parts []string
	for _, o := range occasions {
		k := 0
		for i := range n.Items {
			if n.Items[i].Occasion == o {
				k++
			}
		}
		if k > 0 {
			parts = append(parts, fmt.Sprintf("%s%d项", o.Name(), k))
		}
	}
	return strings.Join(parts, "、")
}

// subject is the indicator and what is wrong with it.
func (it *Tiding) subject() string { return it.Name + "（" + it.RuleName + "）" }

// line is one sentence, or a few, on one alert.
func (it *Tiding) line() string {
	s := "【" + it.Level + "】" + it.Occasion.Name() + "：" + it.subject()
	switch it.Occasion {
	case Ended:
		return s + "。" + sentence(it.Why)
	case Rose:
		s += "由" + it.From + "升为" + it.Level
	}
	s += "，自" + it.Since.Name() + "起。" + sentence(it.Why) + sentence(it.Held)
	if it.Need != "" {
		s += "需要：" + sentence(it.Need)
	}
	return s + "责任单位：" + it.Owner + "。"
}

// sentence ends a text with its full stop.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, "。") {
		return s
	}
	return s + "。"
}
