import { mount } from 'svelte'
import '../theme/theme'
import { sourceOfPage } from '../page/source'
import App from '../source/App.svelte'

mount(App, { target: document.getElementById('app')!, props: { source: sourceOfPage() } })
