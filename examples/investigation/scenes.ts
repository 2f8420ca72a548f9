/** What a user asks, and the steps of a scripted model that stands in for Claude in the demo and in tests. */
export interface Scene {
  readonly prompt: string;
  readonly steps: readonly object[];
}

const call = (tool: string, input: object) => ({ tools: [{ name: `mcp__security__${tool}`, input }] });

/** Prints what the processes did that a feed knows as malicious, by their file or by whom they talk to. */
const matchEvents = `
($feeds | map(select(.verdict == "malicious"))) as $bad
| map(select([.sha256, .remote] as $seen | $bad | any(.indicator as $one | $seen | index($one)))) as $known
| ($known | map(.process) | unique) as $culprits
| .[] | select(.process as $one | $culprits | index($one))
| [.sha256, .remote] as $seen
| ($bad | map(select(.indicator as $one | $seen | index($one)) | .why) | join(", ")) as $why
| if .type == "process" then "A new process \\(.process) started from \\(.path): \\($why)"
  elif .type == "network" then "Outbound connections of \\(.process) to \\(.remote): \\($why)"
  else "Registry modification of \\(.process) for persistence: \\(.key), \\(.value)" end`;

/**
 * The script holds neither the process nor the address: it looks up whatever the events hold, and what it says at the
 * end is what the server has found.
 */
export const threatInvestigation: Scene = {
  prompt: `I need to investigate suspicious activity on sensor abc123.
The user reported strange popup windows.`,
  steps: [
    {
      text: "I'll investigate this sensor. Let me start by gathering some context about the sensor and recent events.",
      ...call('get_sensor', { sensor_id: 'abc123' }),
    },
    { text: 'Now what it saw this morning.', ...call('list_events', { sensor_id: 'abc123' }) },
    {
      text: 'Which of these processes and addresses are known?',
      tools: [
        { name: 'Write', input: { file_path: '/workspace/events.json', content: '{{last_tool_result}}' } },
        { name: 'mcp__security__lookup_reputation', input: { indicators: '{{last_tool_result}}' } },
      ],
    },
    {
      text: 'Two of them are malicious. Which events are theirs?',
      tools: [
        {
          name: 'Bash',
          input: {
            command: `jq -r --argjson feeds '{{last_tool_result}}' '${matchEvents}' events.json | sort | uniq -c`,
            description: 'Matches events with the verdicts',
          },
        },
      ],
    },
    {
      text: 'I found several suspicious indicators:\n{{last_tool_result}}\n\nWould you like me to investigate any of these in more detail?',
    },
  ],
};

export const adHocAnalysis: Scene = {
  prompt: `Analyze this list of IP addresses and tell me which ones appear in threat intelligence feeds:
192.168.1.1, 45.33.32.156, 8.8.8.8`,
  steps: [
    {
      text: "I'll analyze each IP address against available threat intelligence sources.",
      ...call('lookup_reputation', { indicators: '192.168.1.1, 45.33.32.156, 8.8.8.8' }),
    },
    {
      tools: [
        {
          name: 'Bash',
          input: {
            command: `echo '{{last_tool_result}}' | jq -r '.[] | "- \\(.indicator): \\(.verdict) (\\(.why))"'`,
            description: 'Makes a list of the verdicts',
          },
        },
      ],
    },
    { text: 'Results:\n{{last_tool_result}}' },
  ],
};
