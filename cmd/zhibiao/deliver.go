package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhibiao/kpi/finding"
	"zhibiao/kpi/period"
	"zhibiao/pipeline"
	"zhibiao/pipeline/deliver"
)

func (a *app) deliverCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "deliver", Short: "推送报告：核对渠道、查看送达情况、重发",
		Long: `serve 每夜有新的预警变动、出报告后，按工作区（或 --defs 文件夹）的 channels.yaml 推送，每次运行每位收件人一条消息，
内容与上次相同的不再发；静默中的预警不发，已认领的没有恶化不重复发，都在消息里计数。未送达的隔1分、5分、30分、2小时、6小时重试，仍不成则停止并告知 operator。

channels.yaml 示例：

  allow: [10.1.2.3]                # 允许连接的内网地址；本机和内网地址未列出的一律不连
  operator: [值班群]               # 任务失败、消息未送达时告知的渠道
  channels:
    - name: 领导
      kind: mail                   # 邮件，一律加密；每位收件人一封
      host: smtp.example.cn
      port: 465                    # 587 等端口用 STARTTLS
      user: sender
      secret: file:mail.password   # 只有本人可读（0600）的文件，或 env:环境变量
      from: 双城办 <sender@example.cn>
      to: [a@example.cn, b@example.cn]
      reports: [report-month, report-quarter]   # 不写则全部；evaluate 为每夜的预警变动
    - name: 值班群
      kind: dingtalk               # 钉钉、feishu 飞书（须加签）、wecom 企业微信
      url: env:ZHIBIAO_DINGTALK    # 机器人网址等于密码，不得直接写在文件里
      secret: env:ZHIBIAO_DINGTALK_SECRET
    - name: 数据平台
      kind: webhook                # X-Zhibiao-Signature 为“时间戳.正文”的 HMAC-SHA256
      url: https://data.example.cn/zhibiao
      secret: file:webhook.secret
      ca: ca.pem                   # 自建证书机构
    - name: 共享
      kind: folder
      path: /mnt/共享/报告         # 须已存在`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.deliverTestCommand(), a.deliverStatusCommand(), a.deliverRetryCommand())
	return c
}

// reports are the jobs whose reports a channel may choose; that of the nightly
// evaluation is the news of its alerts.
var reports = []string{evaluateJob, monthJob, quarterJob, halfJob, yearJob}

// channels loads channels.yaml: of a folder of definitions when it has one, or of
// the workspace.
func (a *app) channels(defs string) (*deliver.Config, finding.List, error) {
	dir := a.home
	if defs != "" {
		if _, err := os.Stat(filepath.Join(defs, deliver.ConfigFile)); err == nil {
			dir = defs
		}
	}
	cfg, found, err := deliver.Load(dir, reports)
	for i := range found {
		found[i].Place.File = filepath.ToSlash(filepath.Join(dir, found[i].Place.File))
	}
	return cfg, found, err
}

// soundChannels are the channels for a command that needs them without a mistake.
func (a *app) soundChannels() (*deliver.Config, error) {
	cfg, found, err := a.channels(a.defs)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		fmt.Fprintln(a.err, found)
	}
	if cfg == nil {
		return nil, refusedError{fmt.Errorf("推送渠道有%d处错误", found.Count(finding.Mandatory))}
	}
	return cfg, nil
}

func (a *app) deliverTestCommand() *cobra.Command {
	return &cobra.Command{
		Use: "test 渠道", Short: "向一个渠道的每位收件人发一条测试消息",
		Long:    "向一个渠道的每位收件人发一条测试消息（带一个小附件），当场报告结果。不记入日志，serve 运行时也可使用。",
		Example: "  zhibiao deliver test 值班群",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.soundChannels()
			if err != nil {
				return err
			}
			if cfg.Channel(args[0]) == nil {
				return usagef("channel %q: want one of %v", args[0], cfg.Names())
			}
			open, err := cfg.Open(args[0])
			if err != nil {
				return err
			}
			var failed int
			for _, m := range cfg.Trial(args[0], "test-"+a.now().In(period.Shanghai).Format("20060102T150405")) {
				to := args[0]
				if m.Recipient != "" {
					to += " → " + m.Recipient
				}
				if err := open.Send(c.Context(), &m, a.now()); err != nil {
					failed++
					fmt.Fprintf(a.out, "未送达　%s：%v\n", to, err)
					continue
				}
				fmt.Fprintf(a.out, "已送达　%s\n", to)
			}
			if failed > 0 {
				return fmt.Errorf("%d条测试消息未送达", failed)
			}
			return nil
		},
	}
}

func (a *app) deliverStatusCommand() *cobra.Command {
	var all bool
	c := a.withJSON(&cobra.Command{
		Use: "status", Short: "列出待发送和未送达的消息",
		Example: "  zhibiao deliver status\n  zhibiao deliver status --all --json",
		Args:    cobra.NoArgs,
	})
	c.Flags().BoolVar(&all, "all", false, "连同已送达的")
	c.RunE = a.inWorkspace(func(_ context.Context, p *pipeline.Pipeline) error {
		shown := make([]*deliver.Letter, 0)
		for _, l := range p.Letters() {
			if all || l.State != deliver.Sent {
				shown = append(shown, l)
			}
		}
		if a.json {
			return a.printJSON(shown)
		}
		if len(shown) == 0 {
			fmt.Fprintln(a.out, "没有待发送或未送达的消息。")
			return nil
		}
		for _, l := range shown {
			to := l.Channel
			if l.Recipient != "" {
				to += " → " + l.Recipient
			}
			fmt.Fprintf(a.out, "%s　%s　%s　%s（%s，尝试%d次）\n", l.Key[:12], l.State.Name(), to, l.Title, l.Run, l.Attempts)
			if l.Error != "" {
				fmt.Fprintf(a.out, "  原因：%s\n", l.Error)
			}
			if l.State == deliver.Waiting && l.Attempts > 0 {
				fmt.Fprintf(a.out, "  再试：%s\n", l.Due.In(period.Shanghai).Format("2006-01-02 15:04"))
			}
		}
		return nil
	})
	return c
}

func (a *app) deliverRetryCommand() *cobra.Command {
	return &cobra.Command{
		Use: "retry 消息号", Short: "重发一条已停止重试的消息",
		Long:    "重发一条已停止重试的消息。消息号见 deliver status，写前几位即可。",
		Example: "  zhibiao deliver retry 3f9c2a7be001",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.soundChannels()
			if err != nil {
				return err
			}
			return a.inWorkspace(func(ctx context.Context, p *pipeline.Pipeline) error {
				p.Channels = cfg
				if err := p.Resend(args[0], a.now()); errors.Is(err, pipeline.ErrUnknown) {
					return usageError{err}
				} else if err != nil {
					return err
				}
				return p.Deliver(ctx, a.now)
			})(c, nil)
		},
	}
}
