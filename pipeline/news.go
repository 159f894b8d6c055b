package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhibiao/kpi/alert"
	"zhibiao/kpi/period"
	"zhibiao/pipeline/deliver"
)

// News is what there is to tell at a time of the alerts as the last run left
// them, by what the journal says was told. It writes nothing.
func (p *Pipeline) News(ctx context.Context, now time.Time, workdays Workdays) (*alert.News, error) {
	all, err := p.Cases(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	standing := make([]alert.Standing, len(all))
	for i := range all {
		standing[i] = alert.Standing{Alert: all[i].Alert, Case: all[i].Case, Ended: all[i].Ended}
	}
	return alert.Tell(standing, p.told, now, workdays), nil
}

// Tell queues the news of a run's alerts as one message for each recipient, with
// the files of the run's report when it has one and the news as a text, and
// enters what was told in the journal. A night without news sends nothing. Cut
// off before the entry, the same slot done again queues the same messages, which
// the outbox knows.
func (p *Pipeline) Tell(job string, run *Run, news *alert.News, at time.Time) ([]deliver.Message, error) {
	if news.Empty() {
		p.Log.Info("no news of alerts", "run", run.ID, "silenced", news.Silenced, "claimed", news.Claimed, "inhibited", news.Inhibited, "known", news.Known)
		return nil, nil
	}
	q := run.Assessment.Period
	r := deliver.Report{Name: job, Title: news.Title(q), Lines: news.Lines()}
	if p.tested(run.Assessment.AsOf) {
		r.Title = "测试数据　" + r.Title
	}
	name := filepath.Join(p.Home, ReportDir, q.String(), "预警变动_"+at.In(period.Shanghai).Format(time.DateOnly)+".txt")
	if err := writeFile(name, []byte(r.Title+"\n\n"+strings.Join(r.Lines, "\n")+"\n")); err != nil {
		return nil, err
	}
	said, err := json.Marshal(news)
	if err != nil {
		return nil, fmt.Errorf("encode news: %w", err)
	}
	sum := sha256.Sum256(said)
	r.About = deliver.Content{Subject: job + " " + q.String(), Hash: hex.EncodeToString(sum[:])}
	if r, err = bulletin(r, append(slices.Clip(run.Files), name)); err != nil {
		return nil, err
	}
	list, err := p.Queue(run.ID, []deliver.Report{r}, at)
	if err != nil {
		return nil, err
	}
	_, err = p.record(Entry{At: at, Kind: Told, Run: run.ID, Period: q, Told: news.Tellings(at)})
	return list, err
}
